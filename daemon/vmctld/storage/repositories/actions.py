"""What somebody asked an instance to do, as nova records it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select

from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.tables.pipeline import InstanceActionRow

TABLE = core(InstanceActionRow)
_C = TABLE.c
_INSERT = TABLE.insert()


@dataclass(frozen=True, slots=True)
class InstanceAction:
    """One request: create, delete and so on."""

    instance_id: str
    request_id: str
    action: str
    user_id: str
    project_id: str
    started_at: datetime
    updated_at: datetime
    message: str | None = None


def add(tx: Tx, actions: Iterable[InstanceAction]) -> None:
    """Record requests."""
    tx.execute(_INSERT, [asdict(action) for action in actions])


def of_instance(tx: Tx, instance_id: str) -> list[InstanceAction]:
    """Return the requests for one instance, newest first."""
    query = select(TABLE).where(_C.instance_id == instance_id).order_by(_C.started_at.desc())
    return [InstanceAction(**row._mapping) for row in tx.execute(query)]
