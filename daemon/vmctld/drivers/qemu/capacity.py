"""What this host has to give, as its kernel tells it."""

from __future__ import annotations

import os
from pathlib import Path

from vmctld.domain.machine import HostCapacity

GIB = 1024**3


def capacity_of(state_dir: Path, meminfo: Path = Path("/proc/meminfo")) -> HostCapacity:
    """Return the host's CPUs, its RAM, and the size of the disk that holds ``state_dir``."""
    disk = os.statvfs(state_dir)
    return HostCapacity(
        vcpus=os.cpu_count() or 1,
        ram_mib=_total_kib(meminfo) // 1024,
        disk_gib=disk.f_blocks * disk.f_frsize // GIB,
    )


def _total_kib(meminfo: Path) -> int:
    """Return the first line's number, ``MemTotal: 24689224 kB`` (proc(5))."""
    return int(meminfo.read_text().split()[1])
