"""A QEMU process: started so that it outlives the daemon, held by a descriptor of its own.

A pid alone may belong to somebody else by the time it is used; a pidfd never does.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import threading
import time
import weakref
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vmctld.drivers.qemu import procfs
from vmctld.drivers.qemu.users import RunAs
from vmctld.observe.cores import CORES

# QEMU gets nothing of the daemon's environment: that may hold passwords.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


class QemuProcess:
    """A QEMU that this daemon, or one before it, has started.

    The pidfd closes with the last reference: a thread that waits on it can never find its
    number taken by another file.
    """

    def __init__(self, pid: int) -> None:
        """Take hold of ``pid``; raises ProcessLookupError when there is no such process."""
        self.pid = pid
        self.pidfd = os.pidfd_open(pid)
        weakref.finalize(self, os.close, self.pidfd)
        stat = procfs.read_stat(pid)
        if stat is None:
            raise ProcessLookupError(pid)
        self.start_ticks = stat.start_ticks
        self.exit_code: int | None = None  # of a child, once it has ended
        self._reaping = threading.Lock()

    def wait(self, timeout_s: float) -> bool:
        """Return whether the process has ended, waiting for that up to ``timeout_s``."""
        poll = select.poll()
        poll.register(self.pidfd, select.POLLIN)
        if not poll.poll(timeout_s * 1000):
            return False
        self._reap()
        return True

    @property
    def is_alive(self) -> bool:
        """True while it runs."""
        return not self.wait(0)

    def kill(self) -> None:
        """End it at once; already gone is fine."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def cpu_s(self) -> float | None:
        """Return the CPU seconds it has used, None when it is gone."""
        stat = procfs.read_stat(self.pid)
        if stat is None or stat.start_ticks != self.start_ticks:
            return None
        return stat.cpu_s

    def started_at(self) -> datetime:
        """Return when it started, by the clock of now."""
        age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - self.start_ticks / procfs.TICKS_PER_S
        return datetime.now(UTC) - timedelta(seconds=age_s)

    def _reap(self) -> None:
        """Take a child's exit status, so that no zombie stays; others are init's to reap."""
        with self._reaping, contextlib.suppress(ChildProcessError):
            ended = os.waitid(os.P_PIDFD, self.pidfd, os.WEXITED | os.WNOHANG)
            if ended is not None:
                killed = ended.si_code != os.CLD_EXITED
                self.exit_code = -ended.si_status if killed else ended.si_status


def spawn(
    argv: Sequence[str], descriptors: Sequence[int], log: int, run_as: RunAs | None
) -> QemuProcess:
    """Start ``argv`` in a session of its own, with ``descriptors`` under their own numbers.

    What it prints goes to the file ``log``: a pipe would end with the daemon, and QEMU with
    the pipe.
    """
    command = [*(run_as.prefix() if run_as else ()), *argv]
    with CORES.roaming():
        child = subprocess.Popen(  # noqa: S603 - argv.py makes it
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=descriptors,
            start_new_session=True,
            cwd="/",
            env=ENVIRONMENT,
        )
    # Popen must forget its child: it is waited for by its pidfd, if by this daemon at all.
    child.returncode = 0
    return QemuProcess(child.pid)


def find_qemus(binary: Path, owners: Collection[int]) -> dict[str, list[QemuProcess]]:
    """Return the running QEMUs by the ``-uuid`` of their machine.

    Told by the program that runs (not by its name, which anything may fake) and by the
    ``owners``, so that no other user can pass a process of theirs for a machine.
    """
    found: dict[str, list[QemuProcess]] = {}
    for pid in procfs.all_pids():
        if procfs.read_executable(pid) != binary or procfs.owner_of(pid) not in owners:
            continue
        # Hold it first, then read who it is: the pid may change hands in between.
        with contextlib.suppress(ProcessLookupError):
            process = QemuProcess(pid)
            machine_uuid = _uuid_in(procfs.read_arguments(pid))
            if machine_uuid is not None and process.is_alive:
                found.setdefault(machine_uuid, []).append(process)
    return found


def _uuid_in(arguments: Sequence[str]) -> str | None:
    with contextlib.suppress(ValueError, IndexError):
        return arguments[arguments.index("-uuid") + 1]
    return None
