from __future__ import annotations

import errno
from pathlib import Path

import pytest

from tests.support.machines import a_machine, a_root_disk
from vmctld.domain.machine import ConfigDrive
from vmctld.drivers.qemu.files import host_failures, make_files
from vmctld.drivers.qemu.paths import MachineDirectory
from vmctld.drivers.qemu.tools import find_tools
from vmctld.errors import Exhausted, HypervisorFailed

DRIVE = ConfigDrive((("openstack/latest/meta_data.json", b"{}"),))


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_a_machine_gets_its_disk_and_its_config_drive(base_image: Path, tmp_path: Path) -> None:
    machine = a_machine(a_root_disk(base_image), config_drive=DRIVE)

    make_files(find_tools(), MachineDirectory(tmp_path), machine)

    assert names(tmp_path) == {"disk.qcow2", "config.iso"}


def test_a_machine_without_either_gets_nothing(tmp_path: Path) -> None:
    make_files(find_tools(), MachineDirectory(tmp_path), a_machine())

    assert names(tmp_path) == set()


def test_files_that_are_there_are_kept(base_image: Path, tmp_path: Path) -> None:
    machine = a_machine(a_root_disk(base_image), config_drive=DRIVE)
    (tmp_path / "disk.qcow2").write_text("precious")
    (tmp_path / "config.iso").write_text("precious")

    make_files(find_tools(), MachineDirectory(tmp_path), machine)

    assert (tmp_path / "disk.qcow2").read_text() == "precious"
    assert (tmp_path / "config.iso").read_text() == "precious"


def test_a_full_disk_is_told_apart() -> None:
    with pytest.raises(Exhausted) as failure, host_failures("i"):
        raise OSError(errno.ENOSPC, "No space left on device", "/var/lib/vmctl/secret")

    assert failure.value.code == "disk-full"


def test_a_path_of_the_host_is_told_nobody() -> None:
    with pytest.raises(HypervisorFailed) as failure, host_failures("i"):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", "/var/lib/secret")

    assert failure.value.code == "host-refused"
    assert failure.value.facts == {"errno": "ENOENT"}
    assert "secret" not in failure.value.message + failure.value.hint
