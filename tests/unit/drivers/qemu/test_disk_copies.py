"""What goes wrong when a disk is copied; how it goes right is in the contract suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.machines import a_machine
from vmctld.drivers.qemu import QemuDriver
from vmctld.drivers.qemu.disk_copies import _not_copied
from vmctld.errors import HypervisorFailed, WrongState


def test_a_machine_without_a_disk_of_its_own_has_nothing_to_copy(tmp_path: Path) -> None:
    driver = QemuDriver(tmp_path, accelerator="tcg")
    machine = a_machine(None)
    driver.ensure_running(machine)

    try:
        with pytest.raises(WrongState) as refusal:
            driver.copy_disk(machine.instance_id, "one")
    finally:
        driver.destroy(machine.instance_id)
        driver.close()

    assert refusal.value.code == "no-own-disk"


def test_a_copy_that_failed_where_there_is_room_is_the_hypervisors_doing(tmp_path: Path) -> None:
    error = _not_copied(tmp_path / "copy.live")

    assert isinstance(error, HypervisorFailed)
    assert error.code == "disk-not-copied"
