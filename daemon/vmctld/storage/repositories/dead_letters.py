"""Messages that nobody could handle, until an operator sends them again or forgets them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select

from vmctld.domain.operations import KeptLetter
from vmctld.domain.paging import Page
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.paging import page_of
from vmctld.storage.statements import InsertOrReplace
from vmctld.storage.tables.operations import DeadLetterRow

_LETTERS = core(DeadLetterRow)
_C = _LETTERS.c
_ORDER = (_C.died_at, _C.id)
_insert_or_replace = InsertOrReplace(_LETTERS, ["id"])


def keep(tx: Tx, letter: KeptLetter) -> None:
    """Keep a letter; one that is told again is kept once, with its latest time and reason."""
    _insert_or_replace(
        tx,
        {
            "id": letter.id,
            "died_at": letter.died_at,
            "address": letter.address,
            "message": letter.message,
            "instance_id": letter.instance_id,
            "request_id": letter.request_id,
            "code": letter.code,
            "reason": letter.reason,
            "body": letter.body,
        },
    )


def get(tx: Tx, letter_id: str) -> KeptLetter | None:
    """Return one, or None."""
    row = tx.execute(select(_LETTERS).where(_C.id == letter_id)).first()
    return None if row is None else _letter(row)


def page(tx: Tx, wanted: Page) -> list[KeptLetter]:
    """Return a page of the letters, oldest first."""
    return [_letter(row) for row in page_of(tx, select(_LETTERS), _ORDER, wanted)]


def latest(tx: Tx, limit: int) -> list[KeptLetter]:
    """Return the letters that came last, the very last one first."""
    query = select(_LETTERS).order_by(_C.died_at.desc(), _C.id.desc()).limit(limit)
    return [_letter(row) for row in tx.execute(query)]


def count(tx: Tx) -> int:
    """Return how many there are."""
    return int(tx.execute(select(func.count()).select_from(_LETTERS)).scalar_one())


def remove(tx: Tx, letter_id: str) -> bool:
    """Forget one; False when it was gone."""
    return tx.execute(delete(_LETTERS).where(_C.id == letter_id)).rowcount == 1


def remove_old(tx: Tx, before: datetime, most: int) -> int:
    """Forget those older than ``before``, and of the rest the oldest above ``most``."""
    too_many = select(_C.id).order_by(_C.died_at.desc(), _C.id.desc()).offset(most)
    gone = tx.execute(delete(_LETTERS).where(_C.died_at < before)).rowcount
    # SQLite knows OFFSET with a LIMIT only
    excess = list(tx.execute(too_many.limit(most)).scalars())
    return gone + tx.execute(delete(_LETTERS).where(_C.id.in_(excess))).rowcount


def _letter(row: Row[Any]) -> KeptLetter:
    return KeptLetter(
        id=row.id,
        died_at=row.died_at,
        address=row.address,
        message=row.message,
        instance_id=row.instance_id,
        request_id=row.request_id,
        code=row.code,
        reason=row.reason,
        body=row.body,
    )
