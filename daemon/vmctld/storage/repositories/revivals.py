"""An instance that failed without having been built begins anew, as its next attempt."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import null, update

from vmctld.domain.instance import TaskState, VmState
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.tables.compute import InstanceRow

_INSTANCES = core(InstanceRow)
_C = _INSTANCES.c


def revive(tx: Tx, instance_id: str, attempt: int, now: datetime) -> bool:
    """Bring an instance from ERROR back to BUILD, to be placed on any host.

    False when this attempt is not its last one, or it is not in ERROR and idle: something
    else has become of it, and a second build would be one too many.
    """
    statement = (
        update(_INSTANCES)
        .where(
            _C.id == instance_id,
            _C.attempt == attempt,
            _C.vm_state == VmState.ERROR.value,
            _C.task_state.is_(None),
            _C.host.is_(None),
            _C.launched_at.is_(None),
        )
        .values(
            vm_state=VmState.BUILDING.value,
            task_state=TaskState.SCHEDULING.value,
            attempt=attempt + 1,
            excluded_hosts=[],
            fault=null(),
            updated_at=now,
        )
    )
    return tx.execute(statement).rowcount == 1
