"""What somebody asked an instance to do, as nova records it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from vmctld.domain.instance import VmState
from vmctld.domain.names import looks_like_id
from vmctld.domain.recorded import InstanceAction
from vmctld.storage.columns import core, plain
from vmctld.storage.database import Tx
from vmctld.storage.prepared import Prepared
from vmctld.storage.tables.compute import InstanceRow
from vmctld.storage.tables.pipeline import InstanceActionRow

TABLE = core(InstanceActionRow)
_C = TABLE.c
_INSERT = Prepared(TABLE.insert())
_I = core(InstanceRow).c


def add(tx: Tx, actions: Iterable[InstanceAction]) -> None:
    """Record requests."""
    _INSERT.each(tx, [plain(action) for action in actions])


def is_recorded(tx: Tx, instance_id: str, request_id: str, action: str) -> bool:
    """Return whether this request was recorded before: its client has sent it again."""
    query = select(_C.action).where(_key(instance_id, request_id, action))
    return tx.execute(query).first() is not None


def end(
    tx: Tx, instance_id: str, request_id: str, action: str, message: str | None, now: datetime
) -> None:
    """Note when a request was over, and what went wrong with it."""
    tx.execute(
        update(TABLE)
        .where(_C.instance_id == instance_id, _C.request_id == request_id, _C.action == action)
        .values(updated_at=now, message=message)
    )


def deleted_by(tx: Tx, request_id: str, user_id: str, reference: str) -> str | None:
    """Return the id of the instance, by its id or name, that a user's request has deleted."""
    query = (
        select(_I.id)
        .join(TABLE, _C.instance_id == _I.id)
        .where(
            or_(_I.id == looks_like_id(reference), _I.name == reference.strip()),
            _I.vm_state == VmState.DELETED.value,
            _C.request_id == request_id,
            _C.user_id == user_id,
            _C.action == "delete",
        )
    )
    return tx.execute(query).scalars().first()


def of_instance(tx: Tx, instance_id: str) -> list[InstanceAction]:
    """Return the requests for one instance, newest first."""
    query = select(TABLE).where(_C.instance_id == instance_id).order_by(_C.started_at.desc())
    return [InstanceAction(**row._mapping) for row in tx.execute(query)]


def _key(instance_id: str, request_id: str, action: str) -> ColumnElement[bool]:
    return and_(_C.instance_id == instance_id, _C.request_id == request_id, _C.action == action)
