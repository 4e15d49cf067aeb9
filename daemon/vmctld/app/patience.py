"""Waits at a start for what may be away: the broker, the database, the conductor."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from typing import TypeVar

import structlog

from vmctld.errors import TimedOut, Unavailable, VmctlError

T = TypeVar("T")
log = structlog.get_logger(__name__)

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
SAY_EVERY_S = 30.0


class Stopped(Exception):
    """The daemon was told to end before it was ready."""


class Patience:
    """Tries until it works, or the daemon is told to end.  Keeps what is missing right now."""

    def __init__(
        self, stopping: threading.Event, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._stopping = stopping
        self._elapsed = elapsed
        self.missing: VmctlError | None = None

    def until(self, what: str, attempt: Callable[[], T], hopeless: Collection[str] = ()) -> T:
        """Return what ``attempt`` returns once it neither is unavailable nor takes too long.

        ``hopeless`` has the codes of what no waiting mends.  Raises Stopped, or what else
        ``attempt`` raises.
        """
        pause_s, say_at_s = FIRST_PAUSE_S, self._elapsed()
        while True:
            try:
                done = attempt()
            except (Unavailable, TimedOut) as error:
                if error.code in hopeless:
                    raise
                self.missing = error
            else:
                self.missing = None
                return done
            if self._elapsed() >= say_at_s:
                say_at_s = self._elapsed() + SAY_EVERY_S
                _say(what, self.missing)
            if self._stopping.wait(pause_s):
                raise Stopped
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)


def _say(what: str, error: VmctlError) -> None:
    log.warning(f"not ready: waits for {what}", code=error.code, why=error.message, hint=error.hint)
