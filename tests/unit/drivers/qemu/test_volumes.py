"""Volumes that come and go; what all drivers promise of them is in tests/contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.machines import a_disk, a_machine, a_root_disk, a_volume
from vmctld.domain.machine import Machine, MachineVolume
from vmctld.drivers.qemu import QemuDriver
from vmctld.drivers.qemu.inventory import Inventory
from vmctld.drivers.qemu.monitors import Monitors
from vmctld.errors import HypervisorFailed, TimedOut


@pytest.fixture
def volume(tmp_path: Path) -> MachineVolume:
    return a_volume(a_disk(tmp_path / "volume.qcow2"), disk_format="qcow2")


@pytest.fixture
def machine(driver: QemuDriver, base_image: Path) -> Machine:
    machine = a_machine(a_root_disk(base_image))
    driver.ensure_running(machine)
    return machine


def recorded(tmp_path: Path, machine: Machine) -> tuple[MachineVolume, ...]:
    record = Inventory(tmp_path / "state").get(machine.instance_id)
    assert record is not None
    return record.machine.volumes


def disks(tmp_path: Path, machine: Machine) -> list[str]:
    """Return what the machine's QEMU has open, by the ids of attachments."""
    inventory = Inventory(tmp_path / "state")
    with Monitors(lambda one: inventory.directory(one).monitor).talk(machine.instance_id) as said:
        rows = said.execute("query-named-block-nodes", flat=True)
    assert isinstance(rows, list)
    return [row["node-name"] for row in rows if row["node-name"].startswith("v-")]


def test_a_volume_that_came_is_there_after_the_next_start(
    driver: QemuDriver, machine: Machine, volume: MachineVolume, tmp_path: Path
) -> None:
    driver.attach_volume(machine.instance_id, volume)
    driver.stop(machine.instance_id, 0)
    driver.start(machine.instance_id)

    assert recorded(tmp_path, machine) == (volume,)
    assert len(disks(tmp_path, machine)) == 1


def test_a_guest_that_keeps_a_volume_is_not_robbed_of_it(
    driver: QemuDriver, machine: Machine, volume: MachineVolume, tmp_path: Path
) -> None:
    driver.attach_volume(machine.instance_id, volume)

    with pytest.raises(TimedOut) as kept:
        driver.detach_volume(machine.instance_id, volume.attachment_id, 0.1)

    assert kept.value.code == "guest-keeps-volume"
    assert recorded(tmp_path, machine) == (volume,)
    assert len(disks(tmp_path, machine)) == 1


def test_a_volume_that_is_pulled_out_is_open_nowhere_any_more(
    driver: QemuDriver, machine: Machine, volume: MachineVolume, tmp_path: Path
) -> None:
    driver.attach_volume(machine.instance_id, volume)

    driver.detach_volume(machine.instance_id, volume.attachment_id, 0.1, force=True)

    assert recorded(tmp_path, machine) == ()
    assert disks(tmp_path, machine) == []


def test_a_volume_whose_file_cannot_be_opened_leaves_nothing(
    driver: QemuDriver, machine: Machine, tmp_path: Path
) -> None:
    for file, disk_format in ((tmp_path / "absent", "raw"), (a_disk(tmp_path / "raw"), "luks")):
        with pytest.raises(HypervisorFailed):
            driver.attach_volume(machine.instance_id, a_volume(file, disk_format=disk_format))

    assert recorded(tmp_path, machine) == ()
    assert disks(tmp_path, machine) == []


def test_a_volume_grows_under_a_running_machine(
    driver: QemuDriver, machine: Machine, volume: MachineVolume
) -> None:
    driver.attach_volume(machine.instance_id, volume)

    assert driver.grow_volume(machine.instance_id, volume.attachment_id, 2**26)
