from __future__ import annotations

from pathlib import Path

from tests.support.machines import a_machine, an_id
from vmctld.drivers.qemu.inventory import Inventory
from vmctld.drivers.qemu.record import MachineRecord, intent


def a_record() -> MachineRecord:
    return intent(a_machine(), guest_uid=None, accelerator="tcg")


def test_the_next_daemon_finds_what_was_saved(tmp_path: Path) -> None:
    record = a_record()
    Inventory(tmp_path).save(record)

    inventory = Inventory(tmp_path)

    assert inventory.get(record.instance_id) == record
    assert inventory.instance_ids() == [record.instance_id]
    assert inventory.records() == [record]
    assert record.instance_id in inventory
    assert not inventory.is_damaged(record.instance_id)


def test_directories_are_their_owners_alone(tmp_path: Path) -> None:
    inventory, record = Inventory(tmp_path / "state"), a_record()
    inventory.save(record)

    for path in (tmp_path / "state" / "machines", inventory.directory(record.instance_id).path):
        assert path.stat().st_mode & 0o777 == 0o700


def test_what_is_removed_is_gone(tmp_path: Path) -> None:
    inventory, record = Inventory(tmp_path), a_record()
    inventory.save(record)
    inventory.directory(record.instance_id).disk.touch()

    inventory.remove(record.instance_id)
    inventory.remove(record.instance_id)

    assert record.instance_id not in inventory
    assert list((tmp_path / "machines").iterdir()) == []


def test_a_directory_without_a_record_is_empty_not_damaged(tmp_path: Path) -> None:
    instance_id = an_id()
    directory = tmp_path / "machines" / instance_id
    directory.mkdir(parents=True)
    (directory / "machine.json.part").write_text("{")

    inventory = Inventory(tmp_path)

    assert inventory.instance_ids() == [instance_id]
    assert inventory.get(instance_id) is None
    assert inventory.records() == []
    assert not inventory.is_damaged(instance_id)


def test_a_disk_without_a_record_is_damage(tmp_path: Path) -> None:
    instance_id = an_id()
    directory = tmp_path / "machines" / instance_id
    directory.mkdir(parents=True)
    (directory / "disk.qcow2").touch()

    assert Inventory(tmp_path).is_damaged(instance_id)


def test_what_is_not_a_machines_is_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "machines" / "lost+found").mkdir(parents=True)
    (tmp_path / "machines" / an_id()).touch()

    assert Inventory(tmp_path).instance_ids() == []


def test_an_absent_machine_is_not_damaged(tmp_path: Path) -> None:
    assert not Inventory(tmp_path).is_damaged(an_id())
