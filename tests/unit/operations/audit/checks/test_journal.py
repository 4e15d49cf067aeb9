"""Actions that began and did not end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.living import INSTANCE, put
from vmctld.operations.audit.checks.journal import open_actions
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.installation import Installation
from vmctld.storage.repositories import journal
from vmctld.storage.tables.pipeline import JournalRow

Look = Callable[..., list[Suspect]]


def begin(installation: Installation, state: str, *, instance_id: str = INSTANCE) -> None:
    values = {"saga": "boot", "attempt": 1, "action": "fetch-image", "state": state}
    with installation.database.write() as tx:
        put(tx, JournalRow, instance_id=instance_id, **values)


@pytest.mark.parametrize(
    ("instance_id", "attempt", "ended"),
    [(INSTANCE, 1, "done"), (INSTANCE, 2, "undone"), ("gone", 1, "undone")],
)
def test_an_action_ended_as_its_instance_tells(
    installation: Installation,
    look: Look,
    mend: Callable[[Suspect], None],
    change_instance: Any,
    instance_id: str,
    attempt: int,
    ended: str,
) -> None:
    begin(installation, "running", instance_id=instance_id)
    change_instance(attempt=attempt)

    (suspect,) = look(open_actions)
    mend(suspect)

    with installation.database.read() as tx:
        entries = journal.of_instance(tx, instance_id, "boot")
    closed = next(entry for entry in entries if entry.action == "fetch-image")
    assert (closed.state, closed.ended_at) == (ended, installation.clock())


def test_what_is_still_being_done_is_left_alone(
    installation: Installation, look: Look, change_instance: Any
) -> None:
    begin(installation, "running")
    change_instance(vm_state="building")

    assert look(open_actions) == []


def test_a_failed_build_may_still_be_undone_for_a_while(
    installation: Installation, look: Look, change_instance: Any
) -> None:
    begin(installation, "running")
    change_instance(vm_state="error", updated_at=installation.clock())

    assert look(open_actions) == []


def test_how_an_action_of_a_failed_build_ended_is_for_a_person_to_see(
    installation: Installation, look: Look, change_instance: Any
) -> None:
    begin(installation, "running")
    change_instance(vm_state="error")

    assert [suspect.can_be_mended for suspect in look(open_actions)] == [False]


def test_a_stuck_undo_of_an_instance_that_is_there_stays_until_a_person_has_looked(
    installation: Installation, look: Look
) -> None:
    begin(installation, "stuck")

    assert [suspect.can_be_mended for suspect in look(open_actions)] == [False]
