"""Messages that nobody needs, and those that nobody could handle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.living import INSTANCE, put
from vmctld.bus.base import DeadLetter, Envelope, MessageKind
from vmctld.bus.codec import encode_envelope
from vmctld.compute.conductor.dead_letters import kept_letter
from vmctld.compute.messages import BuildInstance, DestroyInstance
from vmctld.domain.clock import utc_now
from vmctld.errors import Internal
from vmctld.operations.audit.checks.messages import missed_dead_letters, unsettled_messages
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.installation import Installation
from vmctld.storage.repositories import dead_letters, instances
from vmctld.storage.tables.pipeline import OutboxRow

Look = Callable[..., list[Suspect]]


def envelope(message: object, sent_at: datetime) -> Envelope:
    return Envelope(message, MessageKind.CAST, "req-1", sent_at)


def keep(installation: Installation, body: str, created_at: datetime) -> None:
    with installation.database.write() as tx:
        put(tx, OutboxRow, address="agent.x", kind="cast", body=body, created_at=created_at)


def test_a_message_that_has_just_been_kept_may_be_settled_any_moment(
    installation: Installation, look: Look
) -> None:
    now = installation.clock()
    keep(installation, encode_envelope(envelope(BuildInstance(INSTANCE, 1), now)), now)

    assert look(unsettled_messages) == []


def test_a_message_that_its_instance_waits_for_is_kept(
    installation: Installation, look: Look, change_instance: Any
) -> None:
    keep(installation, encode_envelope(envelope(BuildInstance(INSTANCE, 1), utc_now())), utc_now())
    change_instance(vm_state="building")

    assert look(unsettled_messages) == []


def test_a_deletion_is_told_by_the_whole_instance_that_it_carries(
    installation: Installation, look: Look, change_instance: Any
) -> None:
    with installation.database.read() as tx:
        instance = instances.get(tx, INSTANCE)
    assert instance is not None
    keep(installation, encode_envelope(envelope(DestroyInstance(instance), utc_now())), utc_now())
    assert [suspect.kind for suspect in look(unsettled_messages)] == ["message"]
    change_instance(task_state="deleting")

    assert look(unsettled_messages) == []


def test_a_message_that_cannot_be_read_is_for_a_person_to_see(
    installation: Installation, look: Look
) -> None:
    keep(installation, "not a message", utc_now())

    (suspect,) = look(unsettled_messages)

    assert (suspect.detail, suspect.can_be_mended) == ("for agent.x, cannot be read", False)


@pytest.mark.parametrize(
    ("vm_state", "ago", "is_missed"),
    [
        ("building", timedelta(hours=1), True),
        ("building", timedelta(0), False),
        ("active", timedelta(hours=1), False),
    ],
)
def test_a_dead_letter_is_missed_when_its_instance_still_waits_for_it(
    installation: Installation,
    look: Look,
    change_instance: Any,
    vm_state: str,
    ago: timedelta,
    is_missed: bool,
) -> None:
    died_at = installation.clock() - ago
    dead = DeadLetter("agent.x", envelope(BuildInstance(INSTANCE, 1), died_at), Internal("no"))
    with installation.database.write() as tx:
        dead_letters.keep(tx, kept_letter(dead, died_at))
    change_instance(vm_state=vm_state)

    suspects = look(missed_dead_letters, installation)

    assert [suspect.detail for suspect in suspects] == ["BuildInstance for agent.x: no"] * is_missed
