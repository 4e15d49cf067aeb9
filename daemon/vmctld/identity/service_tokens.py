"""Tokens of the daemon's own services: drawn when it starts, in memory only.

With one of these an undo acts as the agent itself, long after the user's token went bad.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller, TokenKind
from vmctld.identity.token_text import draw_token, token_id_of

_NEVER = datetime(9999, 12, 31, tzinfo=UTC)  # they end with the process


class ServiceTokens:
    """Issues a token to each service at composition and knows them again.  Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._callers: dict[str, Caller] = {}  # by token id

    def issue(self, name: str) -> str:
        """Return a fresh token for the service called ``name``, such as ``conductor``."""
        token = draw_token(TokenKind.SERVICE)
        caller = Caller(
            token_id=token_id_of(token),
            kind=TokenKind.SERVICE,
            user_id=name,
            user_name=name,
            project_id="",
            project_name="",
            roles=frozenset(),
            issued_at=self._clock(),
            expires_at=_NEVER,
        )
        with self._lock:
            self._callers[caller.token_id] = caller
        return token

    def find(self, token_id: str) -> Caller | None:
        """Return the service whose token has that id."""
        return self._callers.get(token_id)
