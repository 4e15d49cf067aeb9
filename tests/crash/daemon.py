"""One ``vmctld`` process: started, watched, killed, frozen and woken from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from tests.crash import nursery
from tests.crash.waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]
READY_TIMEOUT_S = 60.0
END_TIMEOUT_S = 30.0


class Process(Protocol):
    """What ``multiprocessing`` and ``subprocess`` have in common here."""

    @property
    def pid(self) -> int | None: ...


class DaemonDied(Exception):
    """The daemon ended before it was ready."""


class Daemon:
    """A daemon on one state directory.

    ``real`` runs the command itself, not a fork; ``shift_s`` sets its clock wrong.
    """

    def __init__(
        self,
        home: Path,
        arguments: list[str],
        environment: Mapping[str, str],
        *,
        real: bool = False,
        shift_s: float = 0.0,
    ) -> None:
        self.log = home / "log"
        self._out = home / "out"
        self._out.write_text("")
        self.began = time.monotonic()
        self._command: subprocess.Popen[bytes] | None = None
        if real or shift_s:
            self._command = _run(_command(shift_s), arguments, environment, self._out, self.log)
            self.pid = self._command.pid
        else:
            self._forked = nursery.spawn(arguments, environment, self._out, self.log)
            assert self._forked.pid is not None
            self.pid = self._forked.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self._command.poll() if self._command else self._forked.exitcode

    @property
    def is_alive(self) -> bool:
        """True while it runs, frozen or not."""
        return self.exit_code is None

    @property
    def rss_kib(self) -> int:
        """What it keeps in memory."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        return 0

    def wait_ready(self) -> float:
        """Return the seconds from the start to the ready line.

        Raises DaemonDied with its exit code.
        """
        wait_for("the daemon is ready", self._is_ready_or_dead, READY_TIMEOUT_S)
        if not self._has_ready_line():
            raise DaemonDied(f"exit code {self.exit_code}\n{self.log.read_text()[-2000:]}")
        return time.monotonic() - self.began

    def kill(self) -> None:
        """End it as ``kill -9`` does, frozen or not."""
        self.signal(signal.SIGKILL)
        self.wait_dead()

    def stop(self) -> int:
        """End it as an operator does; return its exit code."""
        self.signal(signal.SIGTERM)
        return self.wait_dead()

    def freeze(self) -> None:
        """Stop all its threads where they are."""
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self.signal(signal.SIGCONT)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; a daemon that is gone does not mind."""
        if self.is_alive:
            os.kill(self.pid, number)

    def wait_dead(self) -> int:
        """Return the exit code once it has one."""
        return wait_for("the daemon ends", lambda: self._code(), END_TIMEOUT_S)[0]

    def _code(self) -> tuple[int] | None:
        code = self.exit_code
        return None if code is None else (code,)

    def _is_ready_or_dead(self) -> bool:
        return self._has_ready_line() or not self.is_alive

    def _has_ready_line(self) -> bool:
        return self._out.read_text().startswith("vmctld ready")


def _command(shift_s: float) -> list[str]:
    """Return the real command, or one whose clock is wrong."""
    if shift_s:
        return [sys.executable, "-m", "tests.crash.shifted", str(shift_s)]
    return [str(Path(sys.executable).with_name("vmctld"))]


def _run(
    command: list[str], arguments: list[str], environment: Mapping[str, str], out: Path, log: Path
) -> subprocess.Popen[bytes]:
    with out.open("ab") as stdout, log.open("ab") as stderr:
        return subprocess.Popen(
            [*command, *arguments],
            env={**os.environ, **environment},
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
            cwd=ROOT,
        )
