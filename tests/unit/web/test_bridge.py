from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator

import pytest
from websockets.exceptions import ConnectionClosedOK

from tests.support.clock import FakeClock
from vmctld.compute.api.consoles import OnEnd
from vmctld.errors import Unauthenticated, Unavailable
from vmctld.web.bridge import IDLE_S, LONGEST_S, LOOK_EVERY_S, Bridge

CLOSED = ConnectionClosedOK(None, None)
Heard = str | bytes | Exception | Callable[[], None]


class Line:
    """A browser that sends what a test has written down, then waits until the guest ends."""

    def __init__(self, *sent: Heard) -> None:
        self._sent = list(sent)
        self.got: list[bytes] = []

    def recv(self, timeout: float | None = None) -> str | bytes:
        while self._sent:
            message = self._sent.pop(0)
            if isinstance(message, Exception):
                raise message
            if not callable(message):
                return message
            message()
        raise CLOSED

    def send(self, message: bytes) -> None:
        self.got.append(message)


class Guest:
    """A console that repeats what it is sent, until its call is ended."""

    def __init__(self, ends_with: Exception | None = None) -> None:
        self.ended = threading.Event()
        self.looked = 0
        self.may_stay = True
        self._ends_with = ends_with

    def exchange(self, sent: Iterator[bytes], on_end: OnEnd) -> Iterator[bytes]:
        on_end(self.ended.set)
        said: queue.Queue[bytes | None] = queue.Queue()

        def take() -> None:
            for data in sent:
                said.put(data)
            said.put(None)

        threading.Thread(target=take, daemon=True).start()
        if self._ends_with is not None:
            raise self._ends_with
        yield b""  # it is open
        while (data := said.get(timeout=10)) is not None:
            yield data

    def check_standing(self) -> None:
        self.looked += 1
        if not self.may_stay:
            raise Unauthenticated("You have signed out.")


def test_what_either_end_sends_reaches_the_other() -> None:
    line, guest = Line("ls\r", b"\x00\xff"), Guest()

    reason = Bridge(line, guest).join()

    assert line.got == [b"ls\r", b"\x00\xff"]
    assert reason == "The browser left."
    assert guest.ended.is_set()


def test_a_guest_that_cannot_be_reached_is_an_error_and_nothing_stays_open() -> None:
    guest = Guest(Unavailable("The machine's console cannot be reached."))

    with pytest.raises(Unavailable):
        Bridge(Line(), guest).join()

    assert guest.ended.is_set()


def test_who_has_signed_out_is_shown_the_door() -> None:
    clock, guest = FakeClock(), Guest()

    def sign_out() -> None:
        guest.may_stay = False
        clock.advance(LOOK_EVERY_S)

    reason = Bridge(Line(b"x", sign_out, TimeoutError()), guest, clock.monotonic).join()

    assert reason == "You have signed out."
    assert guest.ended.is_set()


def test_one_who_types_on_is_looked_at_too() -> None:
    clock, guest = FakeClock(), Guest()

    Bridge(
        Line(*(part for _ in range(4) for part in (lambda: clock.advance(LOOK_EVERY_S), b"x"))),
        guest,
        clock.monotonic,
    ).join()

    assert guest.looked == 4


@pytest.mark.parametrize(
    ("passing_s", "message"), [(IDLE_S, TimeoutError()), (LONGEST_S, b"still here")]
)
def test_a_console_that_nobody_uses_or_that_is_open_for_too_long_is_closed(
    passing_s: float, message: Heard
) -> None:
    clock, guest = FakeClock(), Guest()

    reason = Bridge(
        Line(b"x", lambda: clock.advance(passing_s), message), guest, clock.monotonic
    ).join()

    assert reason == "The console was open for too long, or nobody used it."
    assert guest.ended.is_set()
