"""Tokens of the daemon's own services: drawn when it starts, in memory only.

Services in other processes bring tokens that the installation's authority has signed.
With one of these an undo acts as the agent itself, long after the user's token went bad.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller, TokenKind
from vmctld.errors import Unauthenticated
from vmctld.identity.token_text import draw_token, token_id_of

if TYPE_CHECKING:
    from vmctld.identity.signed_tokens import Authority

_NEVER = datetime(9999, 12, 31, tzinfo=UTC)  # they end with the process


class ServiceTokens:
    """Issues a token to each service at composition and knows them again.  Thread-safe."""

    def __init__(self, clock: Clock, authority: Authority | None = None) -> None:
        self._clock = clock
        self._authority = authority
        self._lock = threading.Lock()
        self._callers: dict[str, Caller] = {}  # by token id

    def issue(self, name: str) -> str:
        """Return a fresh token for the service called ``name``, such as ``conductor``."""
        token = draw_token(TokenKind.SERVICE)
        caller = _caller(token_id_of(token), name, self._clock(), _NEVER)
        with self._lock:
            self._callers[caller.token_id] = caller
        return token

    def find(self, token: str, token_id: str) -> Caller | None:
        """Return the service whose token this is; None when it is none of a service.

        Raises Unauthenticated (``token-expired``) for one that was signed too long ago.
        """
        known = self._callers.get(token_id)
        if known is not None or self._authority is None:
            return known
        signed = self._authority.read(token)
        if signed is None:
            return None
        now = self._clock()
        if signed.expires_at <= now:
            raise Unauthenticated(
                f"the credentials of {signed.name} ended at {signed.expires_at:%Y-%m-%d %H:%M} UTC",
                code="token-expired",
                hint="make new ones: vmctld credentials DIRECTORY NAME",
            )
        return _caller(token_id, signed.name, now, signed.expires_at)


def _caller(token_id: str, name: str, issued_at: datetime, expires_at: datetime) -> Caller:
    return Caller(
        token_id=token_id,
        kind=TokenKind.SERVICE,
        user_id=name,
        user_name=name,
        project_id="",
        project_name="",
        roles=frozenset(),
        issued_at=issued_at,
        expires_at=expires_at,
    )
