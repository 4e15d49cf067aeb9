"""What somebody asked an instance to do, as nova records it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from vmctld.domain.recorded import InstanceAction
from vmctld.storage.columns import core, plain
from vmctld.storage.database import Tx
from vmctld.storage.tables.pipeline import InstanceActionRow

TABLE = core(InstanceActionRow)
_C = TABLE.c
_INSERT = TABLE.insert()


def add(tx: Tx, actions: Iterable[InstanceAction]) -> None:
    """Record requests."""
    tx.execute(_INSERT, [plain(action) for action in actions])


def of_instance(tx: Tx, instance_id: str) -> list[InstanceAction]:
    """Return the requests for one instance, newest first."""
    query = select(TABLE).where(_C.instance_id == instance_id).order_by(_C.started_at.desc())
    return [InstanceAction(**row._mapping) for row in tx.execute(query)]
