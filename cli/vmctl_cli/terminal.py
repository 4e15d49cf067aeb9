"""A terminal, or a pipe, connected to a guest's serial port."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from types import FrameType
from typing import Protocol

from vmctl_cli.guest_text import write_guest_bytes
from vmctl_cli.streams import write_error

LEAVE = b"\x1d"  # Ctrl-], as in telnet
CHUNK_BYTES = 4096
TUNNEL_BYTES = 65_536
QUIET_S = 3.0  # a guest that says nothing for so long has answered what was piped in


class Line(Protocol):
    """A guest's serial port."""

    def type(self, data: bytes) -> None:
        """Send what was typed."""
        ...

    def hang_up(self) -> None:
        """End it from our side."""
        ...

    def written(self) -> Iterator[bytes]:
        """Yield what the guest writes, until somebody hangs up or the time is over."""
        ...


def talk(line: Line, *, until_timeout: bool) -> None:
    """Connect stdin and stdout with ``line`` until either end leaves.

    From a terminal every key goes through as it is, Ctrl-C too, and Ctrl-] leaves.
    """
    if sys.stdin is None or not sys.stdin.isatty() or not sys.stdout.isatty():
        _talk_by_pipe(line, until_timeout=until_timeout)
        return
    write_error("connected; Ctrl-] leaves\n")
    with _raw_terminal():
        Thread(target=_type_keys, args=(line,), daemon=True).start()
        for written in line.written():
            os.write(sys.stdout.fileno(), written)  # the guest believes to own this terminal
    write_error("\nleft the console\n")


def join(line: Line) -> None:
    """Pass stdin and stdout through ``line``, byte by byte, until its other end leaves."""

    def send_all() -> None:
        while sys.stdin is not None and (data := os.read(sys.stdin.fileno(), TUNNEL_BYTES)):
            line.type(data)

    Thread(target=send_all, daemon=True).start()
    for written in line.written():
        sys.stdout.buffer.write(written)
        sys.stdout.buffer.flush()


def _type_keys(line: Line) -> None:
    """Send every key, until Ctrl-]."""
    while data := os.read(sys.stdin.fileno(), CHUNK_BYTES):
        before, leave, _ = data.partition(LEAVE)
        if before:
            line.type(before)
        if leave:
            break
    line.hang_up()


def _talk_by_pipe(line: Line, *, until_timeout: bool) -> None:
    heard = Event()

    def type_all() -> None:
        while sys.stdin is not None and (data := os.read(sys.stdin.fileno(), CHUNK_BYTES)):
            line.type(data)
        while not until_timeout:
            if not heard.wait(QUIET_S):
                line.hang_up()
                return
            heard.clear()

    Thread(target=type_all, daemon=True).start()
    for written in line.written():
        heard.set()
        write_guest_bytes(written)
        sys.stdout.flush()


@contextmanager
def _raw_terminal() -> Iterator[None]:
    """Hand every key through; the terminal is itself again afterwards, also on SIGTERM."""
    import termios
    import tty

    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    old_handler = signal.signal(signal.SIGTERM, _leave)
    tty.setraw(keyboard)
    try:
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
        signal.signal(signal.SIGTERM, old_handler)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
