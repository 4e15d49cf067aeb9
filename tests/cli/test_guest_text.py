"""What a guest wrote, for a terminal."""

from __future__ import annotations

import io
import sys

import pytest

from vmctl_cli.guest_text import tamed, write_guest_bytes


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (b"plain\r\n\ttext", "plain\n\ttext"),
        (b"\x1b[1;31mred\x1b[0m", "red"),
        (b"\x1b]0;title\x07after", "after"),
        (b"\x1b]52;c;cm0gLXJm\x1b\\x", "x"),
        (b"\x1b[2J\x1b[Hhome", "home"),
        (b"bell\x07 back\x08", "bell\\x07 back\\x08"),
        (b"\x1b", "\\x1b"),
        (b"\xff", "\ufffd"),
    ],
)
def test_nothing_in_it_drives_the_terminal(written: bytes, shown: str) -> None:
    assert tamed(written) == shown


class _Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_it_tamed(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = _Screen()
    monkeypatch.setattr(sys, "stdout", screen)

    write_guest_bytes(b"\x1b[2Jlogin: ")

    assert screen.getvalue() == "login: "


def test_a_closed_stdout_is_a_broken_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)

    with pytest.raises(BrokenPipeError):
        write_guest_bytes(b"x")
