"""Keeps what a host enforces at its ports the same as what the network service says.

A message on the bus only says that something has changed: what is to be enforced is then
asked for, whole, so that messages may come twice, late or never.  Now and then it is asked for
without a message; an answer of "the same" costs next to nothing.
"""

from __future__ import annotations

import threading
from typing import Protocol

import structlog

from vmctld.domain.firewall import GuardBook
from vmctld.errors import VmctlError

log = structlog.get_logger(__name__)

EVERY_S = 15.0  # without a message
AGAIN_S = 2.0  # after a failure


class GuardSource(Protocol):
    """The network service, as far as one host goes."""

    def book(self, digest: str) -> GuardBook | None:
        """Return what is to be enforced; None when ``digest`` is of just that."""
        ...


class Walls(Protocol):
    """The ports of one host."""

    def enforce(self, book: GuardBook) -> bool:
        """Enforce what the book says, and cut off what it does not allow; False: not all of it."""
        ...


class Guarding:
    """Brings changes to the ports of one host, on a thread of its own."""

    def __init__(self, source: GuardSource, walls: Walls) -> None:
        self._source = source
        self._walls = walls
        self._guard = threading.Lock()
        self._digest = ""  # of what is enforced
        self._plugs = 0
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._go, name="guarding", daemon=True)

    def start(self) -> None:
        """Look at once, and go on looking."""
        self._wake.set()
        self._thread.start()

    def stop(self) -> None:
        """End after the look that is under way; what is enforced stays."""
        self._stopping = True
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join()

    def nudge(self) -> None:
        """Look soon: something has changed."""
        self._wake.set()

    def plugged(self) -> None:
        """Look soon, at everything: a port has come whose rules may be older than they should."""
        with self._guard:
            self._digest = ""
            self._plugs += 1
        self._wake.set()

    def look(self) -> None:
        """Enforce what is to be enforced now.  Raises what the source or the walls raise."""
        with self._guard:
            digest, plugs = self._digest, self._plugs
        book = self._source.book(digest)
        if book is None:
            return
        complete = self._walls.enforce(book)
        with self._guard:
            if complete and plugs == self._plugs:
                self._digest = book.digest

    def _go(self) -> None:
        pause_s = EVERY_S
        while not self._stopping:
            self._wake.wait(pause_s)
            self._wake.clear()
            if self._stopping:
                return
            pause_s = self._next_look()

    def _next_look(self) -> float:
        """Look; return after how many seconds to look again if nobody says so earlier."""
        try:
            self.look()
        except VmctlError as error:
            log.warning("what to enforce could not be had", why=error.message)
            return AGAIN_S
        except Exception:  # what is enforced stays, and the next look may find more luck
            log.exception("what to enforce could not be had")
            return AGAIN_S
        return EVERY_S
