"""Tokens by their hashes, with what they say today; and the latest time that was ever seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update

from vmctld.domain.identity import Caller, Role, StepTiming, TokenKind
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.prepared import Prepared
from vmctld.storage.statements import InsertIfAbsent, InsertOrReplace
from vmctld.storage.tables.identity import (
    ClockMarkRow,
    ProjectRow,
    RoleAssignmentRow,
    TokenRow,
    UserRow,
)

_TOKENS = core(TokenRow)
_USERS = core(UserRow)
_PROJECTS = core(ProjectRow)
_ROLES = core(RoleAssignmentRow)
_MARKS = core(ClockMarkRow)
_THE_MARK = 1  # there is one row

_INSERT = insert(_TOKENS)
_insert_or_replace = InsertOrReplace(_TOKENS, key=("instance_id", "attempt"))
_insert_mark = InsertIfAbsent(_MARKS)
_RAISE_MARK = (
    update(_MARKS)
    .where(_MARKS.c.id == _THE_MARK, _MARKS.c.latest_at < bindparam("moment"))
    .values(latest_at=bindparam("moment"))
)
_KNOWN = Prepared(
    select(
        _TOKENS,
        _USERS.c.name.label("user_name"),
        _USERS.c.enabled.label("user_enabled"),
        _PROJECTS.c.name.label("project_name"),
        _PROJECTS.c.enabled.label("project_enabled"),
        _ROLES.c.role,
    )
    .join(_USERS, _USERS.c.id == _TOKENS.c.user_id)
    .join(_PROJECTS, _PROJECTS.c.id == _TOKENS.c.project_id)
    .outerjoin(
        _ROLES,
        (_ROLES.c.user_id == _TOKENS.c.user_id) & (_ROLES.c.project_id == _TOKENS.c.project_id),
    )
    .where(_TOKENS.c.id == bindparam("token_id"))
)
_END_BUILDS = Prepared(delete(_TOKENS).where(_TOKENS.c.instance_id == bindparam("of_instance")))


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A token's row with what its user and project are today; it may be good no more."""

    caller: Caller
    user_enabled: bool
    project_enabled: bool


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token about to be kept."""

    id: str
    kind: TokenKind
    user_id: str
    project_id: str
    issued_at: datetime
    expires_at: datetime
    instance_id: str | None = None
    attempt: int | None = None
    calls: Sequence[str] = ()
    signed_in: tuple[StepTiming, StepTiming] | None = None


def add(tx: Tx, token: NewToken) -> None:
    """Keep a user's token."""
    tx.execute(_INSERT, _row(token))


def set_build_token(tx: Tx, token: NewToken) -> None:
    """Keep the token of one attempt to build, in the place of the one before it, if any."""
    _insert_or_replace(tx, _row(token))


def find(tx: Tx, token_id: str) -> KnownToken | None:
    """Return the token with that hash; None: it never was, or is gone."""
    rows = _KNOWN.rows(tx, {"token_id": token_id})
    if not rows:
        return None
    return KnownToken(_caller(rows), rows[0].user_enabled, rows[0].project_enabled)


def remove(tx: Tx, token_id: str) -> bool:
    """End one token; False when there was none."""
    return tx.execute(delete(_TOKENS).where(_TOKENS.c.id == token_id)).rowcount == 1


def remove_of_user(tx: Tx, user_id: str) -> None:
    """End all tokens of a user, those of their builds too."""
    tx.execute(delete(_TOKENS).where(_TOKENS.c.user_id == user_id))


def remove_of_builds(tx: Tx, instance_id: str) -> int:
    """End the tokens of all attempts to build an instance; return how many."""
    return _END_BUILDS.changed(tx, {"of_instance": instance_id})


def remove_expired(tx: Tx, before: datetime) -> int:
    """Forget tokens that ended before then; return how many."""
    return tx.execute(delete(_TOKENS).where(_TOKENS.c.expires_at < before)).rowcount


def latest_time(tx: Tx) -> datetime | None:
    """Return the latest time that was ever noted; None in a fresh database."""
    query = select(_MARKS.c.latest_at).where(_MARKS.c.id == _THE_MARK)
    moment: datetime | None = tx.execute(query).scalar_one_or_none()
    return moment


def note_time(tx: Tx, moment: datetime) -> None:
    """Remember that it has been ``moment``; earlier ones than the latest change nothing."""
    if tx.execute(_RAISE_MARK, {"moment": moment}).rowcount == 0:
        _insert_mark(tx, {"id": _THE_MARK, "latest_at": moment})


def _row(token: NewToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "kind": token.kind.value,
        "user_id": token.user_id,
        "project_id": token.project_id,
        "issued_at": token.issued_at,
        "expires_at": token.expires_at,
        "instance_id": token.instance_id,
        "attempt": token.attempt,
        "calls": list(token.calls) or None,
        "signed_in": [_timing_to_json(step) for step in token.signed_in or ()] or None,
    }


def _caller(rows: Sequence[Row[Any]]) -> Caller:
    first = rows[0]
    return Caller(
        token_id=first.id,
        kind=TokenKind(first.kind),
        user_id=first.user_id,
        user_name=first.user_name,
        project_id=first.project_id,
        project_name=first.project_name,
        roles=frozenset(Role(row.role) for row in rows if row.role is not None),
        issued_at=first.issued_at,
        expires_at=first.expires_at,
        instance_id=first.instance_id,
        attempt=first.attempt,
        calls=frozenset(first.calls or ()),
        signed_in=_signed_in(first.signed_in),
    )


def _signed_in(kept: list[dict[str, Any]] | None) -> tuple[StepTiming, StepTiming] | None:
    if not kept:
        return None
    first, second = (_timing_from_json(step) for step in kept)
    return first, second


def _timing_to_json(step: StepTiming) -> dict[str, object]:
    return {"started_at": step.started_at.isoformat(), "duration_ms": step.duration_ms}


def _timing_from_json(kept: Mapping[str, Any]) -> StepTiming:
    return StepTiming(datetime.fromisoformat(kept["started_at"]), kept["duration_ms"])
