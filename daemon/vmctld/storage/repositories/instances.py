"""Instances: looked up one by one, and the guarded changes of a build and of an end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Integer, and_, bindparam, case, or_, select, true, update
from sqlalchemy.exc import IntegrityError

from vmctld.domain.instance import (
    Address,
    Fault,
    Instance,
    Resources,
    TaskState,
    VmState,
)
from vmctld.domain.machine import PowerState
from vmctld.errors import AlreadyExists
from vmctld.observe import metrics
from vmctld.storage.columns import core, plain
from vmctld.storage.database import Tx
from vmctld.storage.locks import may_write
from vmctld.storage.prepared import Prepared
from vmctld.storage.repositories.instance_rows import (
    Idempotency,
    fault_to_json,
    instance_of,
    row_of,
)
from vmctld.storage.tables.compute import InstanceRow

TABLE = core(InstanceRow)
_C = TABLE.c
_INSERT = Prepared(TABLE.insert())
_BY_ID = Prepared(select(TABLE).where(_C.id == bindparam("id")))
_BY_ID_LOCKED = Prepared(select(TABLE).where(_C.id == bindparam("id")).with_for_update())
_MINE = and_(
    _C.id == bindparam("instance"),
    _C.attempt == bindparam("of_attempt"),
    _C.vm_state == VmState.BUILDING.value,
    or_(_C.task_state.is_(None), _C.task_state != TaskState.DELETING.value),
)


def insert(
    tx: Tx, instances: Iterable[Instance], claims: Resources, key: Idempotency | None
) -> None:
    """Make the entries.  Raises AlreadyExists when the key was used meanwhile."""
    rows = [row_of(instance, claims, key) for instance in instances]
    try:
        _INSERT.each(tx, rows)
    except IntegrityError as error:
        raise AlreadyExists("this request was accepted already") from error


def get(tx: Tx, instance_id: str) -> Instance | None:
    """Return one instance, deleted or not.

    In a transaction that may write it stays as it is until that ends: who looks first and
    then changes it is right.
    """
    statement = _BY_ID_LOCKED if may_write(tx) else _BY_ID
    row = statement.one(tx, {"id": instance_id})
    return None if row is None else instance_of(row)


def by_key(tx: Tx, project_id: str, key: str) -> list[tuple[Instance, str]]:
    """Return the instances that came with ``key``, with the digest of their request."""
    query = (
        select(TABLE)
        .where(_C.project_id == project_id, _C.idempotency_key == key)
        .order_by(_C.launch_index)
    )
    return [(instance_of(row), row.request_digest) for row in tx.execute(query)]


def named(tx: Tx, project_id: str | None, name: str) -> list[Instance]:
    """Return the living instances of that name, in one project or in all."""
    query = select(TABLE).where(_C.name == name, _C.vm_state != VmState.DELETED.value)
    if project_id is not None:
        query = query.where(_C.project_id == project_id)
    query = query.limit(20)
    return [
        instance_of(row) for row in tx.execute(query.with_for_update() if may_write(tx) else query)
    ]


_ALIVE_ON = Prepared(
    select(TABLE).where(_C.host == bindparam("on_host"), _C.vm_state != VmState.DELETED.value)
)


def on_host(tx: Tx, host: str) -> list[Instance]:
    """Return the living instances of ``host``."""
    return [instance_of(row) for row in _ALIVE_ON.rows(tx, {"on_host": host})]


def overdue(tx: Tx, now: datetime, limit: int) -> list[Instance]:
    """Return instances whose deadline has passed."""
    query = select(TABLE).where(_C.deadline_at < now).order_by(_C.deadline_at).limit(limit)
    return [instance_of(row) for row in tx.execute(query)]


_UNSETTLED = Prepared(
    select(TABLE)
    .where(or_(_C.vm_state == VmState.BUILDING.value, _C.task_state.is_not(None)))
    .order_by(_C.updated_at)
    .limit(bindparam("at_most", type_=Integer))
)


def unsettled(tx: Tx, limit: int) -> list[Instance]:
    """Return instances that something is happening to."""
    return [instance_of(row) for row in _UNSETTLED.rows(tx, {"at_most": limit})]


_SET_HOST = Prepared(
    update(TABLE)
    .where(_MINE, _C.host.is_(None))
    .values(host=bindparam("new_host"), updated_at=bindparam("now"), task_state=None)
)


def set_host(tx: Tx, instance_id: str, attempt: int, host: str, now: datetime) -> bool:
    """Set the chosen host; False when this attempt is stale or has a host already."""
    values = {"instance": instance_id, "of_attempt": attempt, "new_host": host, "now": now}
    return _SET_HOST.changed(tx, values) == 1


_ON_HOST = and_(_MINE, _C.host == bindparam("on_host"))
_LEASED = and_(_ON_HOST, _C.lease_owner == bindparam("on_host"))

_ADVANCE = Prepared(
    update(TABLE)
    .where(_LEASED)
    .values(task_state=bindparam("new_task"), updated_at=bindparam("now"))
)


def advance(
    tx: Tx, instance_id: str, attempt: int, host: str, task: TaskState | None, now: datetime
) -> bool:
    """Show what a build is doing; False when it is no longer this attempt's to build."""
    values = {
        "instance": instance_id,
        "of_attempt": attempt,
        "on_host": host,
        "new_task": task.value if task else None,
        "now": now,
    }
    return _ADVANCE.changed(tx, values) == 1


_AWAIT_SLOT = Prepared(
    update(TABLE)
    .where(_ON_HOST)
    .values(task_state=TaskState.AWAITING_SLOT.value, updated_at=bindparam("now"))
)


def await_slot(tx: Tx, instance_id: str, attempt: int, host: str, now: datetime) -> None:
    """Show that the build waits for a slot on its host."""
    values = {"instance": instance_id, "of_attempt": attempt, "on_host": host, "now": now}
    _AWAIT_SLOT.changed(tx, values)


_BEGIN_BUILD = Prepared(
    update(TABLE)
    .where(_ON_HOST)
    .values(
        lease_owner=bindparam("new_owner"),
        lease_until=bindparam("until"),
        deadline_at=bindparam("until"),
        updated_at=bindparam("now"),
    )
)


def begin_build(
    tx: Tx,
    instance_id: str,
    attempt: int,
    host: str,
    now: datetime,
    deadline: datetime,
    lease_owner: str | None,
) -> bool:
    """Give the build to ``host`` until ``deadline``; False when it is not that host's.

    A build whose lease nobody owns can be undone, and not go forward any more.
    """
    values = {
        "instance": instance_id,
        "of_attempt": attempt,
        "on_host": host,
        "until": deadline,
        "now": now,
        "new_owner": lease_owner,
    }
    return _BEGIN_BUILD.changed(tx, values) == 1


_BEGIN_UNWINDING = Prepared(
    update(TABLE).where(_ON_HOST).values(lease_owner=None, updated_at=bindparam("now"))
)


def begin_unwinding(tx: Tx, instance_id: str, attempt: int, host: str, now: datetime) -> bool:
    """Let nobody finish this attempt any more; False when it is no longer this host's."""
    values = {"instance": instance_id, "of_attempt": attempt, "on_host": host, "now": now}
    return _BEGIN_UNWINDING.changed(tx, values) == 1


_FINISH = Prepared(
    update(TABLE)
    .where(_LEASED)
    .values(
        vm_state=VmState.ACTIVE.value,
        task_state=None,
        power_state=PowerState.RUNNING.value,
        addresses=bindparam("new_addresses"),
        ssh_port=bindparam("new_ssh_port"),
        accelerator=bindparam("new_accelerator"),
        lease_owner=None,
        lease_until=None,
        deadline_at=None,
        launched_at=bindparam("now"),
        updated_at=bindparam("now"),
    )
)


def finish_build(
    tx: Tx,
    instance_id: str,
    attempt: int,
    host: str,
    *,
    addresses: tuple[Address, ...],
    ssh_port: int | None,
    accelerator: str | None,
    now: datetime,
) -> bool:
    """The machine runs: ACTIVE.  False when it is no longer this attempt's."""
    values = {
        "instance": instance_id,
        "of_attempt": attempt,
        "on_host": host,
        "new_addresses": [plain(address) for address in addresses],
        "new_ssh_port": ssh_port,
        "new_accelerator": accelerator,
        "now": now,
    }
    done = _FINISH.changed(tx, values) == 1
    if done:
        metrics.current().boot_ended("active")
    return done


_UNBUILT = case((_C.aside.is_not(None), VmState.SHELVED_OFFLOADED.value), else_=VmState.ERROR.value)
"""One that was to be unshelved is as it was: its image is still there."""


def fail(
    tx: Tx,
    instance_id: str,
    attempt: int,
    fault: Fault,
    now: datetime,
    *,
    keep_host: bool = False,
    unplaced: bool = False,
) -> bool:
    """Set ERROR with its fault, or shelved as before; False when this attempt is stale.

    ``keep_host``: something of it may still be on its host, so a deletion must go there.
    ``unplaced``: only if it has no host; an earlier copy of the same request may have found one.
    """
    statement = (
        update(TABLE)
        .where(_MINE, _C.host.is_(None) if unplaced else true())
        .values(
            vm_state=VmState.ERROR.value if keep_host else _UNBUILT,
            task_state=None,
            host=_C.host if keep_host else None,
            fault=fault_to_json(fault),
            lease_owner=None,
            lease_until=None,
            deadline_at=None,
            updated_at=now,
        )
    )
    done = tx.execute(statement, {"instance": instance_id, "of_attempt": attempt}).rowcount == 1
    if done:
        metrics.current().boot_ended("error", fault.code)
    return done


def try_elsewhere(tx: Tx, instance: Instance, now: datetime) -> bool:
    """Begin the next attempt, on another host than the one it has.

    False when ``instance`` is not what it was any more: its build has begun, or was moved.
    """
    statement = (
        update(TABLE)
        .where(
            _MINE,
            _C.host == instance.host,
            _C.deadline_at.is_not_distinct_from(instance.deadline_at),
        )
        .values(
            host=None,
            attempt=instance.attempt + 1,
            excluded_hosts=[*instance.excluded_hosts, instance.host],
            task_state=TaskState.SCHEDULING.value,
            lease_owner=None,
            lease_until=None,
            deadline_at=None,
            updated_at=now,
        )
    )
    values = {"instance": instance.id, "of_attempt": instance.attempt}
    return tx.execute(statement, values).rowcount == 1


def begin_delete(tx: Tx, instance_id: str, now: datetime) -> bool:
    """Show that it is being deleted; False when it is gone or being deleted already."""
    statement = (
        update(TABLE)
        .where(
            _C.id == instance_id,
            _C.vm_state != VmState.DELETED.value,
            or_(_C.task_state.is_(None), _C.task_state != TaskState.DELETING.value),
        )
        .values(
            task_state=TaskState.DELETING.value,
            task_id=None,
            task=None,
            lease_owner=None,
            lease_until=None,
            deadline_at=None,
            updated_at=now,
        )
    )
    return tx.execute(statement).rowcount == 1


def touch(tx: Tx, instance_id: str, now: datetime) -> bool:
    """Note that a deletion was asked for again; False when it is not being deleted."""
    statement = (
        update(TABLE)
        .where(_C.id == instance_id, _C.task_state == TaskState.DELETING.value)
        .values(updated_at=now)
    )
    return tx.execute(statement).rowcount == 1


def finish_delete(tx: Tx, instance_id: str, now: datetime) -> bool:
    """It is gone; its row stays, for those who ask what became of it."""
    statement = (
        update(TABLE)
        .where(_C.id == instance_id, _C.vm_state != VmState.DELETED.value)
        .values(
            vm_state=VmState.DELETED.value,
            task_state=None,
            power_state=PowerState.NOSTATE.value,
            addresses=[],
            user_data=None,
            ssh_port=None,
            terminated_at=now,
            updated_at=now,
        )
    )
    return tx.execute(statement).rowcount == 1


def set_power(
    tx: Tx,
    instance_id: str,
    host: str,
    power: PowerState,
    state: VmState,
    now: datetime,
    *,
    only_in: Iterable[VmState] = (VmState.ACTIVE, VmState.STOPPED),
) -> bool:
    """Record what the hypervisor says of a settled instance that is in one of these states."""
    statement = (
        update(TABLE)
        .where(
            _C.id == instance_id,
            _C.host == host,
            _C.task_state.is_(None),
            _C.vm_state.in_([one.value for one in only_in]),
        )
        .values(power_state=power.value, vm_state=state.value, updated_at=now)
    )
    return tx.execute(statement).rowcount == 1
