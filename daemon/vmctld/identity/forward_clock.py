"""A clock that never goes back, so that a wall clock set back revives no token.

It is ahead of the wall clock after that one was set back, and goes on at the pace of the
monotonic clock until the wall clock has caught up.  The database keeps the last mark, so
that a restart does not forget how late it already was.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from vmctld.domain.clock import Clock, utc_now

_BEGINNING = datetime.min.replace(tzinfo=UTC)


class ForwardClock:
    """Gives times that never decrease.  Thread-safe; is itself a Clock."""

    def __init__(
        self, wall: Clock = utc_now, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._latest = _BEGINNING
        self._latest_at_s = monotonic()

    def __call__(self) -> datetime:
        """Return the wall clock's time, or where it would be had nobody set it back."""
        with self._lock:
            at_s = self._monotonic()
            steady = self._latest + timedelta(seconds=at_s - self._latest_at_s)
            self._latest = max(self._wall(), steady)
            self._latest_at_s = at_s
            return self._latest

    def not_before(self, mark: datetime) -> None:
        """Go on from ``mark`` if that is later than now."""
        with self._lock:
            if mark > self._latest:
                self._latest = mark
                self._latest_at_s = self._monotonic()
