"""Volumes that come to a machine and leave it while it runs.

Its record says which volumes a machine has, so the next start has the same ones.  A guest lets
go of a disk when it likes to, and one that has not come up yet never: the question is asked
again, in short conversations, and no lock is held meanwhile.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace

import structlog

from vmctld.domain.machine import MachineVolume
from vmctld.drivers.base import no_machine, require_instance_id
from vmctld.drivers.qemu.blocks import (
    device_id,
    disk_device,
    disk_node,
    fdset_path,
    volume_node,
)
from vmctld.drivers.qemu.files import host_failures
from vmctld.drivers.qemu.inventory import Inventory
from vmctld.drivers.qemu.monitors import Monitors
from vmctld.drivers.qemu.processes import Processes
from vmctld.drivers.qemu.qmp import CommandRefused, Monitor
from vmctld.drivers.qemu.record import MachineRecord
from vmctld.errors import TimedOut
from vmctld.observe.locks import KeyedLocks

log = structlog.get_logger(__name__)

PERIPHERALS = "/machine/peripheral"
LISTEN_S = 0.5  # others have to get a word in, too
ASK_AGAIN_S = 5.0  # as often as Linux may have missed it; a guest that boots hears nothing
RESIZE_TIMEOUT_S = 30.0


class HotPlug:
    """Fills ``drivers.abilities.Plugs`` for the machines of one host."""

    _inventory: Inventory
    _processes: Processes
    _monitors: Monitors
    _locks: KeyedLocks

    def attach_volume(self, instance_id: str, volume: MachineVolume) -> None:
        """Have the machine see the volume, at once if it runs."""
        with self._locks.hold(require_instance_id(instance_id)), host_failures(instance_id):
            record = self._recorded(instance_id)
            volumes = _without(record, volume.attachment_id)
            self._save(record, (*volumes, volume))
            if self._processes.get(instance_id) is None:
                return
            try:
                self._plug(instance_id, volume)
            except BaseException:
                self._save(record, volumes)
                raise

    def detach_volume(
        self, instance_id: str, attachment_id: str, timeout_s: float, *, force: bool = False
    ) -> None:
        """Take the volume away, once the guest has let go of it."""
        self._recorded(require_instance_id(instance_id))
        node = volume_node(attachment_id)
        if not self._is_let_go(instance_id, node, timeout_s):
            if not force:
                raise _kept(instance_id, timeout_s)
            self._pull_out(instance_id, node)
        with self._locks.hold(instance_id), host_failures(instance_id):
            record = self._recorded(instance_id)
            if self._processes.get(instance_id) is not None:
                with self._monitors.talk(instance_id) as monitor:
                    _close(monitor, node)
            self._save(record, _without(record, attachment_id))

    def grow_volume(self, instance_id: str, attachment_id: str, size_bytes: int) -> bool:
        """Make an attached volume larger under the running guest."""
        self._recorded(require_instance_id(instance_id))
        if self._processes.get(instance_id) is None:
            return False
        with self._monitors.talk(instance_id, RESIZE_TIMEOUT_S) as monitor:
            where = {"node-name": volume_node(attachment_id)}
            monitor.execute("block_resize", size=size_bytes, **where)
        return True

    def _plug(self, instance_id: str, volume: MachineVolume) -> None:
        node = volume_node(volume.attachment_id)
        flags = os.O_RDONLY if volume.read_only else os.O_RDWR
        with self._monitors.talk(instance_id) as monitor:
            if node not in _nodes(monitor):
                fd = os.open(volume.path, flags | os.O_CLOEXEC)
                try:
                    file = fdset_path(monitor.hand_over(fd))
                finally:
                    os.close(fd)
                options = disk_node(node, volume.disk_format, file, read_only=volume.read_only)
                monitor.execute("blockdev-add", **options)
            if device_id(node) not in _devices(monitor):
                try:
                    monitor.execute("device_add", **disk_device(node, volume.serial))
                except CommandRefused:
                    _close(monitor, node)
                    raise

    def _is_let_go(self, instance_id: str, node: str, timeout_s: float) -> bool:
        """Ask the guest to let go of a disk; return whether it has done so in time."""
        began = time.monotonic()
        asked_at = None
        while self._processes.get(instance_id) is not None:
            with self._monitors.talk(instance_id) as monitor:
                if device_id(node) not in _devices(monitor):
                    return True
                now = time.monotonic()
                if now - began >= timeout_s:
                    return False
                if asked_at is None or now - asked_at >= ASK_AGAIN_S:
                    asked_at = now
                    _ask_for(monitor, node)
                left_s = min(LISTEN_S, began + timeout_s - now)
                if monitor.hears("DEVICE_DELETED", left_s, device=device_id(node)):
                    return True
        return True  # the machine is off

    def _pull_out(self, instance_id: str, node: str) -> None:
        """Put a disk that gives nothing but errors into the volume's place."""
        gone = f"x{node[1:]}"
        log.warning("a volume is pulled out", instance_id=instance_id, node=node)
        with self._monitors.talk(instance_id) as monitor:
            if gone not in _nodes(monitor):
                monitor.execute("blockdev-add", **_broken_disk(gone))
            drive = {"path": f"{PERIPHERALS}/{device_id(node)}", "property": "drive"}
            if monitor.execute("qom-get", **drive) != gone:  # QEMU 7.2 dies of the same one again
                monitor.execute("qom-set", **drive, value=gone)

    def _recorded(self, instance_id: str) -> MachineRecord:
        record = self._inventory.get(instance_id)
        if record is None:
            raise no_machine(instance_id)
        return record

    def _save(self, record: MachineRecord, volumes: tuple[MachineVolume, ...]) -> None:
        self._inventory.save(replace(record, machine=replace(record.machine, volumes=volumes)))


def _without(record: MachineRecord, attachment_id: str) -> tuple[MachineVolume, ...]:
    volumes = record.machine.volumes
    return tuple(volume for volume in volumes if volume.attachment_id != attachment_id)


def _ask_for(monitor: Monitor, node: str) -> None:
    try:
        monitor.execute("device_del", id=device_id(node))
    except CommandRefused as error:  # it is being asked for already
        log.info("asked for a disk again", node=node, said=error.qemu_says)


def _close(monitor: Monitor, node: str) -> None:
    if node in _nodes(monitor):
        monitor.execute("blockdev-del", **{"node-name": node})


def _nodes(monitor: Monitor) -> set[object]:
    return _names(monitor.execute("query-named-block-nodes", flat=True), "node-name")


def _devices(monitor: Monitor) -> set[object]:
    return _names(monitor.execute("qom-list", path=PERIPHERALS), "name")


def _names(answer: object, key: str) -> set[object]:
    rows = answer if isinstance(answer, list) else []
    return {row[key] for row in rows if isinstance(row, dict) and key in row}


def _broken_disk(name: str) -> dict[str, object]:
    """Return a disk all of whose reads and writes fail (blkdebug in QEMU's QMP reference)."""
    return {
        "driver": "blkdebug",
        "node-name": name,
        "image": {"driver": "null-co", "size": 1024**4},
        "inject-error": [{"event": "none", "errno": 5, "immediately": True}],
    }


def _kept(instance_id: str, timeout_s: float) -> TimedOut:
    return TimedOut(
        f"The guest has not let go of the volume within {timeout_s:.0f} s.",
        code="guest-keeps-volume",
        hint="Unmount it in the guest and ask again, or pull it out: vmctl volume-detach --force.",
        facts={"instance_id": instance_id},
    )
