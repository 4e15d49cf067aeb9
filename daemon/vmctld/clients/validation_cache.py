"""What identity said of tokens a moment ago: so that a burst of calls asks it once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from vmctld.domain.identity import Caller

MAX_AGE_S = 2.0  # how long a token that ended elsewhere may still be taken for good
MAX_ENTRIES = 10_000


class ValidationCache:
    """Callers by token id.  Only good answers are kept, and no token is."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: dict[str, tuple[float, Caller]] = {}  # token id: good until, caller
        self.generation = 0  # counts the clearings

    def get(self, token_id: str) -> Caller | None:
        """Return who the token belongs to, if that was asked a moment ago."""
        entry = self._entries.get(token_id)
        if entry is None or self._clock() >= entry[0]:
            return None
        return entry[1]

    def put(self, token_id: str, caller: Caller, generation: int) -> None:
        """Keep an answer, unless the cache was cleared after ``generation`` was read.

        An answer that was on its way when a token was ended must not outlive the clearing.
        """
        now = self._clock()
        with self._lock:
            if generation != self.generation:
                return
            self._entries.pop(token_id, None)  # so that the newest stand last
            self._drop_stale(now)
            self._entries[token_id] = (now + MAX_AGE_S, caller)

    def clear(self) -> None:
        """Forget everything: a token was ended, or a user or a role changed."""
        with self._lock:
            self._entries.clear()
            self.generation += 1

    def _drop_stale(self, now: float) -> None:
        """Forget what is too old: every build has a token of its own, used for a moment."""
        while self._entries:
            oldest = next(iter(self._entries))
            if now < self._entries[oldest][0] and len(self._entries) < MAX_ENTRIES:
                return
            del self._entries[oldest]
