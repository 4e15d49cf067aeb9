"""QEMU's command line for a machine: a pure function, its output held by golden tests.

Devices, disks and networks are JSON, so no value can end one option and begin another; the few
``key=value`` words hold numbers and UUIDs alone.  Files and sockets are descriptors that the
process inherits (``-add-fd``; a set has the number of its descriptor): QEMU needs access to no
directory, and no path of the host is on the command line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from vmctld.domain.machine import Machine, RootDisk
from vmctld.domain.network import PortWiring
from vmctld.drivers.qemu import usernet
from vmctld.drivers.qemu.blocks import disk_device, disk_node, fdset_path, volume_node
from vmctld.drivers.qemu.cards import card_device, tap_end

Words = Iterator[str]

SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"
# Where cloud-init looks first: only a machine that says so is asked for OpenStack metadata.
SMBIOS = "type=1,manufacturer=OpenStack Foundation,product=OpenStack Nova"
# The translation cache; each guest would take up to 1 GiB.  32 MiB is the knee: 16 doubles the
# CPU of a Linux boot, 64 saves nothing.
TCG = "tcg,thread=multi,tb-size=32"
MACHINE_TYPE = "pc,usb=off,graphics=off,dump-guest-core=off"  # without graphics: BIOS on serial


@dataclass(frozen=True, slots=True)
class Descriptors:
    """The open files and sockets that a QEMU inherits."""

    monitor: int  # listening
    serial: int  # listening
    console_log: int
    base: int | None
    root: int | None
    volumes: tuple[int, ...]  # in the order of the machine's volumes
    config_drive: int | None
    rescue: int | None = None  # booted from instead of the machine's own disks
    cables: tuple[int | None, ...] = ()  # of the machine's ports; None: QEMU plays the network

    def all(self) -> tuple[int, ...]:
        """Return them all."""
        fixed = (self.monitor, self.serial, self.console_log)
        optional = (self.base, self.root, self.rescue, self.config_drive, *self.cables)
        return (*fixed, *(fd for fd in optional if fd is not None), *self.volumes)


def argv_for(
    qemu: Path, machine: Machine, fds: Descriptors, accelerator: str, ssh_port: int | None
) -> list[str]:
    """Return the whole command, program first."""
    return [
        str(qemu),
        *_basics(machine, accelerator),
        *_monitor_and_console(fds),
        *_disks(machine, fds),
        *_network(machine.ports, fds.cables or (None,) * len(machine.ports), ssh_port),
        *_json("-object", {"qom-type": "rng-builtin", "id": "entropy"}),
        *_json("-device", {"driver": "virtio-rng-pci", "id": "rng", "rng": "entropy"}),
        *_screen(),
    ]


def _basics(machine: Machine, accelerator: str) -> Words:
    yield from ("-name", machine.instance_id)
    yield from ("-uuid", machine.instance_id)
    yield from ("-nodefaults", "-no-user-config")
    yield from ("-display", "none", "-vga", "none")
    yield from ("-sandbox", SANDBOX)
    yield from ("-machine", MACHINE_TYPE)
    kvm = accelerator == "kvm"
    yield from ("-accel", "kvm" if kvm else TCG)
    yield from ("-cpu", "host" if kvm else "max")
    yield from ("-smp", f"cpus={machine.vcpus}")
    yield from ("-m", f"size={machine.ram_mib}M")
    yield from ("-rtc", "base=utc")
    yield from ("-boot", "strict=on")  # a disk that does not boot is an end, not a detour
    yield from ("-smbios", f"{SMBIOS},uuid={machine.instance_id}")
    yield from ("-msg", "timestamp=on")


def _monitor_and_console(fds: Descriptors) -> Words:
    listening = "server=on,wait=off"
    yield from ("-chardev", f"socket,id=monitor,fd={fds.monitor},{listening}")
    yield from ("-mon", "chardev=monitor,mode=control")
    yield from _file(fds.console_log)
    log = f"logfile={fdset_path(fds.console_log)},logappend=on"
    yield from ("-chardev", f"socket,id=serial,fd={fds.serial},{listening},{log}")
    yield from ("-serial", "chardev:serial")


def _screen() -> Words:
    """Give the guest the one card that every system has a driver for, and VNC without a socket.

    It costs 1.5 ms CPU of a start and 2.5 MiB while nobody looks (``display.py``).
    """
    yield from ("-vnc", "none")
    yield from _json("-device", {"driver": "VGA", "id": "screen"})


def _disks(machine: Machine, fds: Descriptors) -> Words:
    """Name the disks in the guest's order: root, volumes as given, the config drive last.

    A rescue disk comes before them all.
    """
    order = boot_order(machine)
    if fds.rescue is not None:
        yield from _file(fds.rescue)
        yield from _node("rescue", "qcow2", fds.rescue, read_only=False)
        yield from _disk("rescue", serial="rescue", boot_index=0)
        order = {node: index + 1 for node, index in order.items()}
    if machine.root is not None:
        yield from _root(machine.root, fds)
        yield from _disk("root", serial=machine.instance_id[:20], boot_index=order.get("root"))
    for volume, fd in zip(machine.volumes, fds.volumes, strict=True):
        node = volume_node(volume.attachment_id)
        yield from _file(fd)
        yield from _node(node, volume.disk_format, fd, read_only=volume.read_only)
        yield from _disk(node, serial=volume.serial, boot_index=order.get(node))
    if fds.config_drive is not None:
        yield from _file(fds.config_drive)
        yield from _node("config-drive", "raw", fds.config_drive, read_only=True)
        yield from _disk("config-drive", serial="config-2", boot_index=None)


def _root(disk: RootDisk, fds: Descriptors) -> Words:
    """Name the overlay and its base; what the overlay's header says of its base is not used."""
    assert fds.base is not None
    assert fds.root is not None
    yield from _file(fds.base)
    yield from _node("base", disk.base_format, fds.base, read_only=True)
    yield from _file(fds.root)
    yield from _node("root", "qcow2", fds.root, read_only=False, backing="base")


def boot_order(machine: Machine) -> dict[str, int]:
    """Return the boot index of each bootable disk's node: the root disk, then volumes."""
    bootable = [volume for volume in machine.volumes if volume.boot_index is not None]
    bootable.sort(key=lambda volume: volume.boot_index or 0)
    nodes = ["root"] if machine.root is not None else []
    nodes += [volume_node(volume.attachment_id) for volume in bootable]
    return {node: index for index, node in enumerate(nodes)}


def _network(
    ports: tuple[PortWiring, ...], cables: tuple[int | None, ...], ssh_port: int | None
) -> Words:
    for index, (port, cable) in enumerate(zip(ports, cables, strict=True)):
        if cable is None:
            end = usernet.netdev_of(port, ssh_port if index == 0 else None)
        else:
            end = tap_end(port, str(cable))
        yield from _json("-netdev", end)
        yield from _json("-device", card_device(port))


def _disk(node: str, *, serial: str, boot_index: int | None) -> Words:
    yield from _json("-device", disk_device(node, serial, boot_index))


def _node(
    name: str, disk_format: str, fd: int, *, read_only: bool, backing: str | None = None
) -> Words:
    node = disk_node(name, disk_format, fdset_path(fd), read_only=read_only, backing=backing)
    yield from _json("-blockdev", node)


def _file(fd: int) -> Words:
    yield from ("-add-fd", f"fd={fd},set={fd}")


def _json(option: str, value: Mapping[str, object]) -> Words:
    yield from (option, json.dumps(value))
