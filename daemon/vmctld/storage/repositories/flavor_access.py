"""Which projects may use which private flavor, in the database."""

from __future__ import annotations

from sqlalchemy import delete, select

from vmctld.domain.flavor import FlavorAccess
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.statements import InsertIfAbsent
from vmctld.storage.tables.compute import FlavorAccessRow

_ACCESS = core(FlavorAccessRow)
_C = _ACCESS.c
_insert_if_absent = InsertIfAbsent(_ACCESS)


def add(tx: Tx, access: FlavorAccess) -> bool:
    """Let a project use a flavor; False when it may already."""
    row = {"flavor_id": access.flavor_id, "project_id": access.project_id}
    return _insert_if_absent(tx, row)


def remove(tx: Tx, access: FlavorAccess) -> bool:
    """Take a flavor away from a project; False when it has none."""
    one = (_C.flavor_id == access.flavor_id) & (_C.project_id == access.project_id)
    return tx.execute(delete(_ACCESS).where(one)).rowcount == 1


def of_flavor(tx: Tx, flavor_id: str) -> tuple[FlavorAccess, ...]:
    """Return who may use a flavor, sorted by project."""
    query = select(_ACCESS).where(_C.flavor_id == flavor_id).order_by(_C.project_id)
    return tuple(FlavorAccess(row.flavor_id, row.project_id) for row in tx.execute(query))


def everything(tx: Tx) -> tuple[FlavorAccess, ...]:
    """Return who may use what."""
    return tuple(FlavorAccess(row.flavor_id, row.project_id) for row in tx.execute(select(_ACCESS)))


def forget_flavor(tx: Tx, flavor_id: str) -> None:
    """Forget who might use a flavor that is gone."""
    tx.execute(delete(_ACCESS).where(_C.flavor_id == flavor_id))
