"""Users, and what they sign in with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, or_, select, update

from vmctld.domain.identity import User
from vmctld.domain.names import looks_like_id, only_match
from vmctld.domain.paging import Page
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.paging import page_of
from vmctld.storage.statements import InsertIfAbsent
from vmctld.storage.tables.compute import KeypairRow
from vmctld.storage.tables.identity import UserRow

_USERS = core(UserRow)
_KEYPAIRS = core(KeypairRow)
_insert = InsertIfAbsent(_USERS)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against.  For identity alone."""

    user: User
    password_hash: str = field(repr=False)
    failed_sign_ins: int  # in a row
    locked_until: datetime | None


def add(tx: Tx, user: User, password_hash: str) -> bool:
    """Keep a new user; False when the name is taken."""
    row = {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "password_hash": password_hash,
        "enabled": user.enabled,
        "default_project_id": user.default_project_id,
        "failed_sign_ins": 0,
        "locked_until": None,
        "created_at": user.created_at,
    }
    return _insert(tx, row)


def find(tx: Tx, reference: str) -> User:
    """Return the user of that id or name; raises NotFound."""
    meant = or_(_USERS.c.id == looks_like_id(reference), _USERS.c.name == reference.strip())
    users = [_user(row) for row in tx.execute(select(_USERS).where(meant))]
    return only_match(users, reference, "user", hint="vmctl user-list shows who there is")


def credentials_of(tx: Tx, name: str, *, locked: bool = False) -> Credentials | None:
    """Return what the user of exactly that name signs in with; None: nobody has it.

    ``locked``: nobody changes it before this transaction ends.
    """
    query = select(_USERS).where(_USERS.c.name == name)
    row = tx.execute(query.with_for_update() if locked else query).first()
    if row is None:
        return None
    return Credentials(_user(row), row.password_hash, row.failed_sign_ins, row.locked_until)


def page(tx: Tx, wanted: Page) -> list[User]:
    """Return a page of all users, sorted by name."""
    rows = page_of(tx, select(_USERS), (_USERS.c.name, _USERS.c.id), wanted)
    return [_user(row) for row in rows]


def exists_any(tx: Tx) -> bool:
    """Return whether there is a user at all."""
    return tx.execute(select(_USERS.c.id).limit(1)).first() is not None


def is_name_taken(tx: Tx, name: str, but_by: str) -> bool:
    """Return whether somebody else than the user ``but_by`` has that name."""
    taken = select(_USERS.c.id).where(_USERS.c.name == name, _USERS.c.id != but_by)
    return tx.execute(taken).first() is not None


def change(tx: Tx, user_id: str, values: Mapping[str, Any]) -> None:
    """Set columns of a user, by their names."""
    tx.execute(update(_USERS).where(_USERS.c.id == user_id).values(**values))


def set_sign_in_failures(
    tx: Tx, user_id: str, failed_sign_ins: int, locked_until: datetime | None
) -> None:
    """Set how many sign-ins failed in a row and until when no more are tried."""
    change(tx, user_id, {"failed_sign_ins": failed_sign_ins, "locked_until": locked_until})


def remove(tx: Tx, user_id: str) -> None:
    """Take a user away, with their roles, tokens and key pairs."""
    tx.execute(delete(_KEYPAIRS).where(_KEYPAIRS.c.user_id == user_id))
    tx.execute(delete(_USERS).where(_USERS.c.id == user_id))


def _user(row: Row[Any]) -> User:
    return User(
        id=row.id,
        name=row.name,
        email=row.email,
        enabled=row.enabled,
        default_project_id=row.default_project_id,
        created_at=row.created_at,
    )
