"""Runs qemu-img: with words of ours, never a shell, and ended with the daemon."""

from __future__ import annotations

import os
import subprocess
import threading

import structlog

from vmctld.errors import NotSupported, Unavailable
from vmctld.observe.cores import CORES

log = structlog.get_logger(__name__)

LIMIT_S = 3600.0  # filling a large volume from a slow disk; beyond that the disk hangs


class ToolFailed(Exception):
    """qemu-img ended with an error; what it said is in the log."""

    def __init__(self, command: str) -> None:
        super().__init__(command)
        self.command = command


class QemuImg:
    """Runs the tool's commands.  Thread-safe; ``close`` ends those that run."""

    def __init__(self, program: str = "qemu-img", limit_s: float = LIMIT_S) -> None:
        self._program = program
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._closed = False

    def run(self, command: str, *arguments: str) -> None:
        """Run one command to its end.

        Raises ToolFailed, NotSupported (not installed), Unavailable (shutting down).
        """
        process = self._start(command, arguments)
        try:
            said, _ = process.communicate(timeout=self._limit_s)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
        finally:
            with self._lock:
                self._running.discard(process)
        if self._closed:
            raise _shutting_down()
        if process.returncode != 0:
            log.warning("qemu-img failed", command=command, code=process.returncode, said=said)
            raise ToolFailed(command)

    def close(self) -> None:
        """End what runs and start nothing more."""
        with self._lock:
            self._closed = True
            for process in self._running:
                process.kill()

    def _start(self, command: str, arguments: tuple[str, ...]) -> subprocess.Popen[str]:
        with self._lock:
            if self._closed:
                raise _shutting_down()
            try:
                with CORES.roaming():
                    process = subprocess.Popen(  # noqa: S603 - words and paths of ours
                        [self._program, command, *arguments],
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT,
                        text=True,
                        errors="replace",
                        env={**os.environ, "LC_ALL": "C"},
                    )
            except FileNotFoundError:
                raise NotSupported(
                    "volumes need the program qemu-img, which is not installed",
                    code="qemu-img-missing",
                    hint="apt install qemu-utils",
                ) from None
            self._running.add(process)
            return process


def _shutting_down() -> Unavailable:
    return Unavailable("the daemon is shutting down", code="shutting-down")
