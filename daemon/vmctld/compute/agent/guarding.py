"""Keeps what a host enforces at its ports the same as what the network service says.

A message on the bus only says that something has changed: what is to be enforced is then
asked for, whole, so that messages may come twice, late or never.  Now and then it is asked for
without a message; an answer of "the same" costs next to nothing.
"""

from __future__ import annotations

import threading
from typing import Protocol

from vmctld.compute.agent.lookout import Lookout
from vmctld.domain.firewall import GuardBook

EVERY_S = 15.0  # without a message


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
        self._lookout = Lookout("guarding", self.look, EVERY_S)

    def start(self) -> None:
        """Look at once, and go on looking."""
        self._lookout.start()

    def stop(self) -> None:
        """End after the look that is under way; what is enforced stays."""
        self._lookout.stop()

    def nudge(self) -> None:
        """Look soon: something has changed."""
        self._lookout.nudge()

    def plugged(self) -> None:
        """Look soon, at everything: a port has come whose rules may be older than they should."""
        with self._guard:
            self._digest = ""
            self._plugs += 1
        self._lookout.nudge()

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
