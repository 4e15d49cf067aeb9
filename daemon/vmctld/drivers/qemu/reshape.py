"""Another disk or another size for a machine that is off, and the way back.

What a machine was is kept as links to its files: that costs nothing, and stays what it was
because a file is never changed here but replaced by a whole one.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from vmctld.domain.machine import RootDisk
from vmctld.drivers.base import no_machine
from vmctld.drivers.qemu.disks import copy_recipe, grow_disk, overlay_recipe, whole_recipe
from vmctld.drivers.qemu.files import host_failures
from vmctld.drivers.qemu.inventory import Inventory
from vmctld.drivers.qemu.making import Making
from vmctld.drivers.qemu.paths import MachineDirectory
from vmctld.drivers.qemu.record import MachineRecord, load_record
from vmctld.drivers.qemu.tools import Tools
from vmctld.observe.locks import KeyedLocks


@dataclass(frozen=True, slots=True)
class Reshape:
    """Changes what machines of one host are made of.  They are off meanwhile."""

    tools: Tools
    inventory: Inventory
    locks: KeyedLocks

    def set_aside(self, instance_id: str, token: str) -> None:
        """Keep what the machine is now, under ``token``."""
        with self.locks.hold(instance_id), host_failures(instance_id):
            self._existing(instance_id)
            directory = self.inventory.directory(instance_id)
            aside = directory.aside(token)
            if aside.exists():
                return
            part = aside.with_name(aside.name + ".part")
            shutil.rmtree(part, ignore_errors=True)  # of a daemon that was killed
            part.mkdir(mode=0o700)
            for path in _kept_files(directory):
                os.link(path, part / path.name)
            part.rename(aside)

    def bring_back(self, instance_id: str, token: str) -> None:
        """Make the machine what was kept under ``token``; nothing kept is fine."""
        with self.locks.hold(instance_id), host_failures(instance_id):
            directory = self.inventory.directory(instance_id)
            aside = directory.aside(token)
            if not aside.exists():
                return
            was, now = load_record(aside / directory.record.name), self._existing(instance_id)
            for path in aside.iterdir():
                if path.name != directory.record.name:
                    _put_link(path, directory.path / path.name)
            self.inventory.save(replace(now, machine=was.machine))

    def drop_aside(
        self, instance_id: str, token: str | None = None, *, but: str | None = None
    ) -> None:
        """Forget what was kept under ``token``, or all that was kept."""
        with self.locks.hold(instance_id), host_failures(instance_id):
            directory = self.inventory.directory(instance_id)
            kept = directory.asides() if token is None else [directory.aside(token)]
            if but is not None:
                kept = [aside for aside in kept if aside != directory.aside(but)]
            for aside in kept:
                if aside.exists():  # gone by its name at once, by its bytes when it may take
                    shutil.rmtree(aside.rename(aside.with_name(aside.name + ".part")))

    def renew(self, instance_id: str, root: RootDisk) -> None:
        """Give the machine a fresh disk over ``root``."""
        with self.locks.hold(instance_id), host_failures(instance_id):
            record, directory = self._existing(instance_id), self.inventory.directory(instance_id)
            with Making(overlay_recipe(self.tools.qemu_img, root, directory.disk)):
                pass
            self.inventory.save(replace(record, machine=replace(record.machine, root=root)))

    def reshape(self, instance_id: str, *, vcpus: int, ram_mib: int, disk_gib: int) -> None:
        """Give the machine another size."""
        with self.locks.hold(instance_id), host_failures(instance_id):
            record, directory = self._existing(instance_id), self.inventory.directory(instance_id)
            machine, root = record.machine, record.machine.root
            if root is not None and _is_kept(directory.disk):
                with Making(copy_recipe(directory.disk)):
                    pass
            if root is not None and disk_gib > root.size_gib:
                grow_disk(self.tools.qemu_img, directory.disk, disk_gib)
                root = replace(root, size_gib=disk_gib)
            sized = replace(machine, vcpus=vcpus, ram_mib=ram_mib, root=root)
            self.inventory.save(replace(record, machine=sized))

    def insert_rescue(self, instance_id: str, image_path: Path, image_format: str) -> None:
        """Have the machine boot next from a copy of the image."""
        with self.locks.hold(instance_id), host_failures(instance_id):
            self._existing(instance_id)
            rescue = self.inventory.directory(instance_id).rescue
            if not rescue.exists():  # it appears in one piece
                with Making(whole_recipe(self.tools.qemu_img, image_path, image_format, rescue)):
                    pass

    def remove_rescue(self, instance_id: str, *, keep: bool) -> None:
        """Have the machine boot from its own disk again."""
        with self.locks.hold(instance_id), host_failures(instance_id):
            directory = self.inventory.directory(instance_id)
            if directory.rescue.exists():
                directory.rescue.replace(directory.removed_rescue)
            if not keep:
                directory.removed_rescue.unlink(missing_ok=True)

    def reinsert_rescue(self, instance_id: str) -> None:
        """Have the machine boot next from the disk that was removed."""
        with self.locks.hold(instance_id), host_failures(instance_id):
            directory = self.inventory.directory(instance_id)
            if directory.removed_rescue.exists():
                directory.removed_rescue.replace(directory.rescue)

    def _existing(self, instance_id: str) -> MachineRecord:
        record = self.inventory.get(instance_id)
        if record is None:
            raise no_machine(instance_id)
        return record


def _kept_files(directory: MachineDirectory) -> list[Path]:
    return [path for path in (directory.record, directory.disk) if path.exists()]


def _put_link(source: Path, target: Path) -> None:
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    os.link(source, part)
    part.replace(target)


def _is_kept(disk: Path) -> bool:
    """True while the file is the one that is kept aside: it must not be changed."""
    return disk.stat().st_nlink > 1
