"""A real terminal on the console: keys go through, Ctrl-] leaves, the terminal recovers."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import termios

import pytest

from tests.cli.fake_cloud import FakeCloud


class Terminal:
    """``vmctl console web1`` on a terminal of its own."""

    def __init__(self, cloud: FakeCloud) -> None:
        self.ours, self._theirs = pty.openpty()
        self.before = termios.tcgetattr(self._theirs)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "vmctl_cli.main", "console", "web1"],
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            env={**os.environ, "VMCTL_ENDPOINT": cloud.endpoint, "VMCTL_TOKEN": "vmt_0"},
        )
        self.shown = ""

    def see(self, text: str) -> None:
        """Read until ``text`` is there."""
        while text not in self.shown:
            self.shown += os.read(self.ours, 1024).decode()

    def type(self, data: bytes) -> None:
        """Type something."""
        os.write(self.ours, data)

    def end(self) -> int:
        """Return the exit code, the terminal being what it was."""
        code = self.process.wait(timeout=30)
        assert termios.tcgetattr(self._theirs) == self.before
        os.close(self._theirs)
        os.close(self.ours)
        return code


@pytest.fixture
def terminal(cloud: FakeCloud) -> Terminal:
    """A console that shows its prompt."""
    terminal = Terminal(cloud)
    terminal.see("login: ")
    return terminal


def test_every_key_goes_through_and_ctrl_bracket_leaves(
    terminal: Terminal, cloud: FakeCloud
) -> None:
    terminal.type(b"\x03abc")
    terminal.see("ABC")
    terminal.type(b"d\x1d")

    assert terminal.end() == 0
    assert b"".join(cloud.typed) in (b"\x03abc", b"\x03abcd")


def test_the_guests_end_leaves_too(terminal: Terminal) -> None:
    terminal.type(b"exit\r")

    assert terminal.end() == 0


def test_sigterm_gives_the_terminal_back(terminal: Terminal) -> None:
    terminal.process.send_signal(signal.SIGTERM)

    assert terminal.end() == 130
