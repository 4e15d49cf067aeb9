"""A shelved instance that is on no host is built again, and what becomes of that."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import null, update

from vmctld.domain.instance import Instance, TaskState, VmState
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.tables.compute import InstanceRow

_INSTANCES = core(InstanceRow)
_C = _INSTANCES.c


def begin(tx: Tx, instance: Instance, zone: str | None, now: datetime) -> bool:
    """Have the instance built again, as its next attempt, on any host; False when it may not.

    What keeps it what it was shelved as stays until it runs: it is what a failure goes back to.
    """
    statement = (
        update(_INSTANCES)
        .where(
            _C.id == instance.id,
            _C.vm_state == VmState.SHELVED_OFFLOADED.value,
            _C.task_state.is_(None),
            _C.host.is_(None),
        )
        .values(
            vm_state=VmState.BUILDING.value,
            task_state=TaskState.UNSHELVING.value,
            attempt=instance.attempt + 1,
            availability_zone=zone or instance.availability_zone,
            forced_host=None,
            excluded_hosts=[],
            fault=null(),
            updated_at=now,
        )
    )
    return tx.execute(statement).rowcount == 1


def end(tx: Tx, instance_id: str) -> None:
    """Forget what the instance was shelved as: it runs."""
    tx.execute(update(_INSTANCES).where(_C.id == instance_id).values(aside=null()))
