"""Messages that were decided on together with their cause, until they are settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, bindparam, delete, func, select

from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.prepared import Prepared
from vmctld.storage.tables.pipeline import OutboxRow

TABLE = core(OutboxRow)
_C = TABLE.c
_INSERT = Prepared(TABLE.insert())
_SETTLE = Prepared(delete(TABLE).where(_C.id == bindparam("settled")))


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that waits to be sent, or to be settled."""

    id: int
    address: str
    body: str


def add(tx: Tx, address: str, kind: str, body: str, now: datetime) -> Outgoing:
    """Keep a message; it leaves only if the transaction commits."""
    values = {"address": address, "kind": kind, "body": body, "created_at": now}
    return Outgoing(_INSERT.made(tx, values), address, body)


def settle(tx: Tx, ids: Sequence[int]) -> None:
    """Forget messages that need no keeping any more."""
    _SETTLE.each(tx, [{"settled": one} for one in ids])


_OLDEST = select(TABLE).order_by(_C.id).limit(bindparam("at_most", type_=Integer))


def oldest(tx: Tx, limit: int) -> list[Outgoing]:
    """Return messages that are kept, oldest first."""
    rows = tx.execute(_OLDEST, {"at_most": limit})
    return [Outgoing(row.id, row.address, row.body) for row in rows]


def depth(tx: Tx) -> int:
    """Return how many messages are kept."""
    return int(tx.execute(select(func.count()).select_from(TABLE)).scalar_one())
