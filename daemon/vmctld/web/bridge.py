"""One open console: what the browser sends goes to the guest, what the guest sends comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Protocol

from websockets.exceptions import ConnectionClosed

from vmctld.compute.api.consoles import OnEnd
from vmctld.errors import VmctlError

LOOK_EVERY_S = 30.0  # how soon a console closes whose user has signed out
IDLE_S = 30 * 60.0
LONGEST_S = 12 * 3600.0


class Line(Protocol):
    """A WebSocket."""

    def recv(self, timeout: float | None = None) -> str | bytes:
        """Return the next message; raises TimeoutError, ConnectionClosed."""
        ...

    def send(self, message: bytes) -> None:
        """Send a message; waits for a browser that is slow.  Raises ConnectionClosed."""
        ...


class Console(Protocol):
    """What has been opened."""

    def exchange(self, sent: Iterator[bytes], on_end: OnEnd) -> Iterator[bytes]:
        """Yield what the guest sends while ``sent`` is sent to it."""
        ...

    def check_standing(self) -> None:
        """Raise Unauthenticated or Forbidden when its user may not be here any more."""
        ...


class Bridge:
    """Joins the two until one end leaves; ``join`` returns why."""

    def __init__(
        self, line: Line, console: Console, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._line = line
        self._console = console
        self._clock = clock
        self._ends: list[Callable[[], None]] = []
        self._reason = "The guest's end was closed."

    def join(self) -> str:
        """Carry bytes both ways; return in words why it is over.

        Raises the VmctlError with which the guest's end was refused or broke off.
        """
        try:
            for data in self._console.exchange(self._sent(), self._ends.append):
                if data:
                    self._line.send(data)
        except ConnectionClosed:
            self._reason = "The browser left."
        finally:
            self._leave()
        return self._reason

    def _sent(self) -> Iterator[bytes]:
        """Yield what the browser sends; whatever ends that ends the console."""
        began_at = heard_at = looked_at = self._clock()
        try:
            while True:
                message = self._next()
                now = self._clock()
                if message is not None:
                    heard_at = now
                    yield message
                if now - looked_at >= LOOK_EVERY_S:
                    looked_at = now
                    self._console.check_standing()
                if now - heard_at >= IDLE_S or now - began_at >= LONGEST_S:
                    self._reason = "The console was open for too long, or nobody used it."
                    return
        except ConnectionClosed:
            self._reason = "The browser left."
        except VmctlError as refused:
            self._reason = refused.message
        finally:
            self._leave()

    def _next(self) -> bytes | None:
        try:
            message = self._line.recv(timeout=LOOK_EVERY_S)
        except TimeoutError:
            return None
        return message.encode() if isinstance(message, str) else message

    def _leave(self) -> None:
        for end in self._ends:
            end()
