"""I16: no token outlives what it was for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from sqlalchemy import func, select

from vmctld.domain.identity import TokenKind
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import World
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.repositories import tokens
from vmctld.storage.tables.identity import TokenRow

_T = core(TokenRow).c
KEPT = timedelta(days=2)  # identity keeps ended ones for a day, to call them expired


def expired_tokens(world: World) -> Iterator[Suspect]:
    """Tokens that ended long ago: forgotten."""
    before = world.now - KEPT
    number = world.tx.execute(select(func.count()).where(_T.expires_at < before)).scalar_one()
    if number:
        yield Suspect(
            "token",
            "expired",
            f"{number} of them ended more than {KEPT.days} days ago",
            mend=lambda tx: _purge(world, tx),
        )


def idle_build_tokens(world: World) -> Iterator[Suspect]:
    """A build token that is good for longer than its build could be: ended."""
    lifetime = timedelta(seconds=world.installation.build_timeout_s)
    query = select(_T.id, _T.instance_id, _T.issued_at).where(
        _T.kind == TokenKind.BUILD.value,
        _T.expires_at > world.now,
        _T.issued_at < world.now - lifetime,
    )
    for row in world.tx.execute(query):
        instance = world.living.get(row.instance_id or "")
        if instance is None or (instance.has_settled and world.is_old(instance.updated_at)):
            yield Suspect(
                "build-token",
                row.id[:12],  # of its hash: nobody can sign in with that
                f"still good, and the build of {row.instance_id} is over",
                mend=partial(_end, row.id),
            )


def _purge(world: World, tx: Tx) -> None:
    tokens.remove_expired(tx, world.now - KEPT)


def _end(token_id: str, tx: Tx) -> None:
    tokens.remove(tx, token_id)
