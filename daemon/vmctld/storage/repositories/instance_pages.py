"""Lists of instances: filtered, newest first, in pages."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select

from vmctld.domain.instance import Instance, VmState
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.repositories.instance_rows import instance_of
from vmctld.storage.tables.compute import InstanceRow

TABLE = core(InstanceRow)
_C = TABLE.c


@dataclass(frozen=True, slots=True)
class InstanceFilter:
    """Which instances a list shall have.  None means: do not ask."""

    project_id: str | None = None
    statuses: tuple[VmState, ...] | None = None
    name: str | None = None
    host: str | None = None
    reservation_id: str | None = None
    deleted: bool = False


def page(tx: Tx, wanted: InstanceFilter, marker: Instance | None, limit: int) -> list[Instance]:
    """Return up to ``limit`` instances after ``marker``, newest first."""
    query = (
        select(TABLE)
        .where(*_conditions(wanted))
        .order_by(_C.created_at.desc(), _C.id.desc())
        .limit(limit)
    )
    if marker is not None:
        query = query.where(
            or_(
                _C.created_at < marker.created_at,
                and_(_C.created_at == marker.created_at, _C.id < marker.id),
            )
        )
    return [instance_of(row) for row in tx.execute(query)]


def _conditions(wanted: InstanceFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.project_id is not None:
        conditions.append(_C.project_id == wanted.project_id)
    if wanted.statuses is not None:
        conditions.append(_C.vm_state.in_([state.value for state in wanted.statuses]))
    elif not wanted.deleted:
        conditions.append(_C.vm_state != VmState.DELETED.value)
    if wanted.name is not None:
        conditions.append(_C.name.contains(wanted.name, autoescape=True))
    if wanted.host is not None:
        conditions.append(_C.host == wanted.host)
    if wanted.reservation_id is not None:
        conditions.append(_C.reservation_id == wanted.reservation_id)
    return conditions
