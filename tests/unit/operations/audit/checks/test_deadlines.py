"""What may take long, and what may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from vmctld.operations.audit.checks.deadlines import overdue_instances
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.installation import Installation

Look = Callable[..., list[Suspect]]


@pytest.mark.parametrize(
    ("task", "since_s", "is_late"),
    [
        ("scheduling", 290, False),
        ("scheduling", 310, True),
        ("awaiting_slot", 100_000, False),
        ("deleting", 110, False),
        ("deleting", 130, True),
        (None, 310, True),
    ],
)
def test_what_has_no_deadline_may_take_as_long_as_its_kind_of_work_does(
    installation: Installation,
    look: Look,
    change_instance: Any,
    task: str | None,
    since_s: int,
    is_late: bool,
) -> None:
    since = installation.clock() - timedelta(seconds=since_s)
    change_instance(vm_state="building", task_state=task, updated_at=since)

    assert [suspect.kind for suspect in look(overdue_instances)] == ["overdue"] * is_late


@pytest.mark.parametrize(("ago_s", "is_late"), [(-10, False), (110, False), (130, True)])
def test_a_build_is_late_when_the_sweep_has_not_ended_it_by_its_deadline(
    installation: Installation, look: Look, change_instance: Any, ago_s: int, is_late: bool
) -> None:
    deadline = installation.clock() - timedelta(seconds=ago_s)
    change_instance(vm_state="building", task_state="spawning", deadline_at=deadline)

    assert [suspect.detail for suspect in look(overdue_instances)] == [
        "spawning for 10 s too long"
    ] * is_late
