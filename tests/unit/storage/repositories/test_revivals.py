"""Instances that begin anew after they failed."""

from __future__ import annotations

import pytest

from tests.support.clock import NOON
from tests.support.filled import filled
from tests.support.instances import an_instance, keep, kept
from vmctld.domain.instance import Fault, TaskState, VmState
from vmctld.storage.database import Database
from vmctld.storage.repositories import revivals

FAILED = {"vm_state": VmState.ERROR, "task_state": None, "fault": filled(Fault), "attempt": 2}


def test_an_instance_that_failed_begins_its_next_attempt(database: Database) -> None:
    instance = an_instance(**FAILED, excluded_hosts=("a",))
    keep(database, instance)

    with database.write() as tx:
        assert revivals.revive(tx, instance.id, 2, NOON)
        assert not revivals.revive(tx, instance.id, 2, NOON)

    revived = kept(database, instance.id)
    assert (revived.vm_state, revived.task_state) == (VmState.BUILDING, TaskState.SCHEDULING)
    assert (revived.attempt, revived.fault, revived.excluded_hosts) == (3, None, ())


@pytest.mark.parametrize(
    "changes",
    [
        {"attempt": 3},
        {"vm_state": VmState.ACTIVE},
        {"vm_state": VmState.DELETED},
        {"task_state": TaskState.DELETING},
        {"host": "a"},
    ],
    ids=str,
)
def test_one_that_has_gone_another_way_is_left_alone(
    database: Database, changes: dict[str, object]
) -> None:
    instance = an_instance(**{**FAILED, **changes})
    keep(database, instance)
    before = kept(database, instance.id)

    with database.write() as tx:
        assert not revivals.revive(tx, instance.id, 2, NOON)

    assert kept(database, instance.id) == before
