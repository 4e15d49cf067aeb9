"""What users write on an instance, and nothing else of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.support.clock import NOON
from tests.support.instances import an_instance, keep, kept
from vmctld.domain.instance import VmState
from vmctld.storage.database import Database
from vmctld.storage.repositories import instance_details

LATER = NOON + timedelta(hours=1)


def test_words_are_written_and_all_else_stays(database: Database) -> None:
    instance = an_instance(vm_state=VmState.ACTIVE, task_state=None)
    keep(database, instance)
    changed = replace(
        instance,
        name="db",
        description="d",
        hostname="h",
        metadata={"a": "1"},
        tags=("x", "y"),
        updated_at=LATER,
    )

    with database.write() as tx:
        held = instance_details.hold(tx, instance.id)
        instance_details.write(tx, replace(changed, vm_state=VmState.ERROR), LATER)

    assert held == instance
    assert kept(database, instance.id) == changed
