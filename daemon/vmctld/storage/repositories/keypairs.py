"""Public keys of users, in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, select

from vmctld.domain.keypair import Keypair
from vmctld.domain.paging import Page
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.paging import page_of
from vmctld.storage.statements import InsertIfAbsent
from vmctld.storage.tables.compute import KeypairRow

_KEYPAIRS = core(KeypairRow)

_insert_if_absent = InsertIfAbsent(_KEYPAIRS)
_BY_NAME = select(_KEYPAIRS).where(
    _KEYPAIRS.c.user_id == bindparam("user"), _KEYPAIRS.c.name == bindparam("key_name")
)


def insert_keypair(tx: Tx, keypair: Keypair) -> bool:
    """Keep a new key; False when its user has one of that name."""
    row = {
        "user_id": keypair.user_id,
        "name": keypair.name,
        "kind": keypair.kind,
        "public_key": keypair.public_key,
        "fingerprint": keypair.fingerprint,
        "created_at": keypair.created_at,
    }
    return _insert_if_absent(tx, row)


def get_keypair(tx: Tx, user_id: str, name: str) -> Keypair | None:
    """Return a user's key of that name, or None."""
    row = tx.execute(_BY_NAME, {"user": user_id, "key_name": name}).first()
    return _keypair(row) if row else None


def list_keypairs(tx: Tx, user_id: str, page: Page) -> Sequence[Keypair]:
    """Return a page of a user's keys, sorted by name; a marker is a name."""
    query = select(_KEYPAIRS).where(_KEYPAIRS.c.user_id == user_id)
    return [_keypair(row) for row in page_of(tx, query, (_KEYPAIRS.c.name,), page)]


def count_keypairs(tx: Tx, user_id: str) -> int:
    """Return how many keys a user has."""
    query = select(func.count()).where(_KEYPAIRS.c.user_id == user_id)
    return tx.execute(query).scalar_one()


def delete_keypair(tx: Tx, user_id: str, name: str) -> bool:
    """Forget a key; False when there is none of that name."""
    one = (_KEYPAIRS.c.user_id == user_id) & (_KEYPAIRS.c.name == name)
    return tx.execute(delete(_KEYPAIRS).where(one)).rowcount == 1


def _keypair(row: Row[Any]) -> Keypair:
    return Keypair(
        name=row.name,
        user_id=row.user_id,
        kind=row.kind,
        public_key=row.public_key,
        fingerprint=row.fingerprint,
        created_at=row.created_at,
    )
