"""The guarded changes of an action on an instance: begun, gone on with, ended.

Every change names the task that it is for.  One that is over, or was broken off by a deletion
or by another action, changes nothing any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, update
from sqlalchemy.sql.elements import ColumnElement

from vmctld.domain.instance import Fault, Lock, Task, TaskState, VmState
from vmctld.domain.lifecycle import Transition
from vmctld.domain.machine import PowerState
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.repositories.instance_rows import (
    ADMIN,
    OWNER,
    fault_to_json,
    task_to_json,
)
from vmctld.storage.tables.compute import InstanceRow

TABLE = core(InstanceRow)
_C = TABLE.c
_OVER = {"task_state": None, "task_id": None, "task": None, "deadline_at": None}


def begin(tx: Tx, instance_id: str, transition: Transition, task: Task, now: datetime) -> bool:
    """Give the instance a task; False when its state does not allow it any more."""
    assert transition.task is not None
    statement = (
        update(TABLE)
        .where(
            _C.id == instance_id,
            _C.vm_state.in_([state.value for state in transition.sources]),
            _may_begin(transition),
        )
        .values(
            task_state=transition.task.value,
            task_id=task.id,
            task=task_to_json(task),
            deadline_at=now + timedelta(seconds=transition.timeout_s),
            updated_at=now,
        )
    )
    return tx.execute(statement).rowcount == 1


def touch(tx: Tx, instance_id: str, task_id: str, now: datetime) -> bool:
    """Note that somebody works on the task; False when it is nobody's any more."""
    statement = update(TABLE).where(_is_task(instance_id, task_id)).values(updated_at=now)
    return tx.execute(statement).rowcount == 1


def touch_on_host(tx: Tx, instance_id: str, task_id: str, host: str, now: datetime) -> bool:
    """Note that the instance's own host works on the task; False when it is not its any more."""
    mine = and_(_is_task(instance_id, task_id), _C.host == host)
    return tx.execute(update(TABLE).where(mine).values(updated_at=now)).rowcount == 1


def show(tx: Tx, instance_id: str, task_id: str, state: TaskState) -> None:
    """Show how far the task is."""
    statement = update(TABLE).where(_is_task(instance_id, task_id))
    tx.execute(statement.values(task_state=state.value))


def finish(
    tx: Tx,
    instance_id: str,
    task_id: str,
    host: str,
    *,
    state: VmState,
    power: PowerState,
    ssh_port: int | None,
    accelerator: str | None,
    now: datetime,
    changes: Mapping[str, object],
) -> bool:
    """The task is done: the instance is what it was for.  False when it is not its any more.

    ``changes`` are of other columns, for an action that is about them.
    """
    values: dict[str, object] = {
        **_OVER,
        "vm_state": state.value,
        "power_state": power.value,
        "ssh_port": ssh_port,
        "accelerator": accelerator,
        "fault": None,
        "updated_at": now,
        **changes,
    }
    mine = and_(_is_task(instance_id, task_id), _C.host == host)
    statement = update(TABLE).where(mine).values(values)
    return tx.execute(statement).rowcount == 1


def give_up(tx: Tx, instance_id: str, task_id: str, fault: Fault | None, now: datetime) -> bool:
    """End a task that failed; with a fault the instance is in ERROR, else what it was before."""
    values: dict[str, object] = {**_OVER, "updated_at": now}
    if fault is not None:
        values |= {"vm_state": VmState.ERROR.value, "fault": fault_to_json(fault)}
    statement = update(TABLE).where(_is_task(instance_id, task_id)).values(values)
    return tx.execute(statement).rowcount == 1


def reset(tx: Tx, instance_id: str, state: VmState, fault: Fault | None, now: datetime) -> bool:
    """Set a state by hand, whatever was going on; False when it is gone or going."""
    statement = (
        update(TABLE)
        .where(_C.id == instance_id, _C.vm_state != VmState.DELETED.value, _is_not_going())
        .values(
            **_OVER,
            vm_state=state.value,
            aside=None,
            fault=fault_to_json(fault) if fault else None,
            updated_at=now,
        )
    )
    return tx.execute(statement).rowcount == 1


def set_lock(tx: Tx, instance_id: str, lock: Lock | None, now: datetime) -> None:
    """Lock the instance, or unlock it."""
    by = None if lock is None else ADMIN if lock.by_admin else OWNER
    reason = lock.reason if lock else None
    tx.execute(
        update(TABLE)
        .where(_C.id == instance_id)
        .values(locked_by=by, locked_reason=reason, updated_at=now)
    )


def _is_task(instance_id: str, task_id: str) -> ColumnElement[bool]:
    return and_(_C.id == instance_id, _C.task_id == task_id)


def _may_begin(transition: Transition) -> ColumnElement[bool]:
    during = [state.value for state in transition.during]
    return or_(_C.task_state.is_(None), _C.task_state.in_(during))


def _is_not_going() -> ColumnElement[bool]:
    return or_(_C.task_state.is_(None), _C.task_state != TaskState.DELETING.value)
