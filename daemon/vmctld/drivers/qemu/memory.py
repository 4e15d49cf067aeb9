"""A guest's memory to a file and back: QEMU's migration, with a file as its other end.

The file is handed over as a descriptor, so QEMU needs access to no directory, and it gets its
name when it is whole and on the disk.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from vmctld.drivers.qemu.making import FileRecipe, disk_full, has_room
from vmctld.drivers.qemu.qmp import Monitor
from vmctld.errors import Exhausted, HypervisorFailed

LOOK_EVERY_S = 0.02
AS_FAST_AS_CAN_BE = 2**40  # bytes a second: the guest stands still meanwhile
OVER = ("completed", "failed", "cancelled")


def save_memory(monitor: Monitor, path: Path) -> None:
    """Hold the guest and write its memory to ``path``, which appears when it is whole.

    The guest stays held.  Raises Exhausted (disk full), HypervisorFailed.
    """
    _end_earlier_try(monitor)
    monitor.execute("stop")  # flushes its disks too
    monitor.execute("migrate-set-parameters", **{"max-bandwidth": AS_FAST_AS_CAN_BE})
    part = FileRecipe.part_of(path)
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        monitor.lend("memory", fd)
        monitor.execute("migrate", uri="fd:memory")
        if _wait(lambda: _migration(monitor)) != "completed":
            raise _not_saved(part)
        os.fsync(fd)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    finally:
        os.close(fd)
    part.replace(path)


def load_memory(monitor: Monitor, path: Path) -> None:
    """Fill a machine that waits for its memory from ``path``; the guest stays held.

    Raises HypervisorFailed.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        monitor.lend("memory", fd)
        monitor.execute("migrate-incoming", uri="fd:memory")
        _wait(lambda: "" if run_state(monitor) == "inmigrate" else OVER[0])
    finally:
        os.close(fd)


def run_state(monitor: Monitor) -> str:
    """Return QEMU's word for what the machine does."""
    return _word(monitor.execute("query-status"))


def _migration(monitor: Monitor) -> str:
    return _word(monitor.execute("query-migrate"))


def _word(answer: object) -> str:
    return str(answer.get("status", "")) if isinstance(answer, Mapping) else ""


def _end_earlier_try(monitor: Monitor) -> None:
    """Have no migration of an earlier daemon go on; a machine after one runs before the next."""
    if _migration(monitor) not in (*OVER, ""):
        monitor.execute("migrate_cancel")
        _wait(lambda: _migration(monitor))
    if run_state(monitor) == "postmigrate":
        monitor.execute("cont")


def _wait(state: Callable[[], str]) -> str:
    """Return how it ended; the conversation's deadline ends the wait."""
    while (word := state()) not in OVER:
        time.sleep(LOOK_EVERY_S)
    return word


def _not_saved(part: Path) -> Exhausted | HypervisorFailed:
    if not has_room(part.parent):
        return disk_full("the guest's memory")
    return HypervisorFailed(
        "The guest's memory could not be written.",
        code="memory-not-saved",
        hint="The daemon's log has the hypervisor's own words.",
    )
