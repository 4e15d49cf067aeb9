"""A network namespace of the host: made, entered, asked, removed."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from vmctld.errors import HypervisorFailed
from vmctld.host.network.commands import run

T = TypeVar("T")

MOUNTED = Path("/run/netns")  # where ip(8) keeps them
CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Namespace:
    """One namespace, by name.  It outlives the daemon, not the host."""

    name: str

    @property
    def path(self) -> Path:
        """Where it is mounted while it exists."""
        return MOUNTED / self.name

    def exists(self) -> bool:
        """True when it is there and really is one: a crash can leave an empty mount point."""
        try:
            return self.path.stat().st_dev != MOUNTED.stat().st_dev
        except OSError:
            return False

    def ensure(self) -> None:
        """Make it, with its loopback up, unless it is there."""
        if self.exists():
            return
        self.path.unlink(missing_ok=True)
        run(["ip", "netns", "add", self.name])
        self.links(["link set lo up"])

    def remove(self) -> None:
        """Delete it with all that is in it; absent is fine."""
        if self.exists():
            run(["ip", "netns", "del", self.name])
        self.path.unlink(missing_ok=True)

    def links(self, lines: Iterable[str], *, force: bool = False) -> None:
        """Do ``lines`` of ``ip -batch`` in here; ``force`` goes on after one that fails."""
        options = ["-force"] if force else []
        text = "".join(f"{line}\n" for line in lines)
        run(["ip", "-n", self.name, *options, "-batch", "-"], text)

    def command(self, *words: str) -> list[str]:
        """Return the command that runs ``words`` in here."""
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, words: Sequence[str], text: str = "") -> str:
        """Run a program in here and return what it prints."""
        return run(self.command(*words), text)

    def call(self, work: Callable[[], T]) -> T:
        """Return ``work()``, done in here: a socket or a tap that it opens belongs here."""
        results: list[T] = []
        failures: list[BaseException] = []

        def enter_and_work() -> None:
            try:
                self._enter()
                results.append(work())
            except BaseException as error:  # raised again where it was asked for
                failures.append(error)

        # A thread of its own: entering changes the whole thread, and leaving could fail.
        thread = threading.Thread(target=enter_and_work, name=f"in-{self.name}")
        thread.start()
        thread.join()
        if failures:
            raise failures[0]
        return results[0]

    def _enter(self) -> None:
        try:
            fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise HypervisorFailed(
                f"the network namespace {self.name} is not there", code="host-network-failed"
            ) from None
        try:
            if _libc.setns(fd, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns failed")
        finally:
            os.close(fd)
