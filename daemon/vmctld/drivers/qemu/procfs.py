"""What Linux says about a process: who it is, when it started, how much it has computed.

See proc(5).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class ProcessStat:
    """Some fields of ``/proc/PID/stat``.  Pid and start together name a process for ever."""

    start_ticks: int  # since the host's boot
    cpu_s: float  # user and system, all threads


def read_stat(pid: int) -> ProcessStat | None:
    """Return the process's figures, None when there is no such process."""
    try:
        line = (PROC / str(pid) / "stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command's name stands in parentheses and may hold anything, so count from its end:
    # what follows is field 3.
    fields = line[line.rindex(b")") + 2 :].split()
    cpu_ticks = int(fields[14 - 3]) + int(fields[15 - 3])
    return ProcessStat(start_ticks=int(fields[22 - 3]), cpu_s=cpu_ticks / TICKS_PER_S)


def read_executable(pid: int) -> Path | None:
    """Return the program that runs, None when that cannot be told.

    A program that an upgrade replaced on disk keeps its name.
    """
    try:
        link = (PROC / str(pid) / "exe").readlink()
    except OSError:
        return None
    return link.with_name(link.name.removesuffix(" (deleted)"))


def read_arguments(pid: int) -> list[str]:
    """Return the process's argument list, empty when it is gone or a zombie."""
    try:
        raw = (PROC / str(pid) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return raw.decode(errors="replace").split("\0")[:-1]


def owner_of(pid: int) -> int | None:
    """Return the uid that the process runs as, None when it is gone."""
    try:
        return (PROC / str(pid)).stat().st_uid
    except (FileNotFoundError, ProcessLookupError):
        return None


def all_pids() -> list[int]:
    """Return every process of this host that can be seen."""
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
