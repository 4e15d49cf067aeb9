from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from vmctld.drivers.qemu import procfs

NOBODY = 2**22 + 1  # above what a pid can be


def test_this_process_is_described() -> None:
    stat = procfs.read_stat(os.getpid())

    assert stat is not None
    assert stat.start_ticks > 0
    assert stat.cpu_s > 0
    assert procfs.read_executable(os.getpid()) == Path(sys.executable).resolve()
    assert procfs.read_arguments(os.getpid())
    assert procfs.owner_of(os.getpid()) == os.geteuid()
    assert os.getpid() in procfs.all_pids()


def test_a_process_that_is_gone_is_nothing() -> None:
    assert procfs.read_stat(NOBODY) is None
    assert procfs.read_executable(NOBODY) is None
    assert procfs.read_arguments(NOBODY) == []
    assert procfs.owner_of(NOBODY) is None


def test_a_name_with_parentheses_does_not_shift_the_fields(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(procfs, "PROC", tmp_path)
    (tmp_path / "7").mkdir()
    after_name = ["S", *(str(field) for field in range(4, 53))]
    (tmp_path / "7" / "stat").write_text(f"7 (a ) S) R) {' '.join(after_name)}\n")

    stat = procfs.read_stat(7)

    assert stat is not None
    assert stat.start_ticks == 22
    assert stat.cpu_s == (14 + 15) / procfs.TICKS_PER_S


def test_a_program_replaced_on_disk_keeps_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(procfs, "PROC", tmp_path)
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "exe").symlink_to("/usr/bin/qemu-system-x86_64 (deleted)")

    assert procfs.read_executable(7) == Path("/usr/bin/qemu-system-x86_64")
