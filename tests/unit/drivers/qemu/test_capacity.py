from __future__ import annotations

import os
from pathlib import Path

from vmctld.drivers.qemu.capacity import capacity_of


def test_a_host_has_what_its_kernel_says(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:       24684572 kB\nMemFree:        1 kB\n")

    capacity = capacity_of(tmp_path, meminfo)

    disk = os.statvfs(tmp_path)
    assert capacity.vcpus == os.cpu_count()
    assert capacity.ram_mib == 24106
    assert capacity.disk_gib == disk.f_blocks * disk.f_frsize // 2**30
