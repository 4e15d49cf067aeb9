"""Machines, disks and ports for tests; whatever a test does not name is ordinary."""

from __future__ import annotations

import subprocess
import uuid
from pathlib import Path

from vmctld.domain.machine import ConfigDrive, Machine, MachineVolume, RootDisk
from vmctld.domain.network import PortWiring


def an_id() -> str:
    """Return a new UUID."""
    return str(uuid.uuid4())


def a_disk(path: Path, size: str = "16M", disk_format: str = "qcow2") -> Path:
    """Make an empty disk at ``path``: nothing boots from it, so its machine costs no CPU."""
    subprocess.run(["qemu-img", "create", "-q", "-f", disk_format, str(path), size], check=True)
    return path


def a_root_disk(base_path: Path, base_format: str = "qcow2", size_gib: int = 1) -> RootDisk:
    """Return an instance's own disk over a base image."""
    return RootDisk(base_path=base_path, base_format=base_format, size_gib=size_gib)


def a_volume(
    path: Path,
    *,
    disk_format: str = "raw",
    boot_index: int | None = None,
    read_only: bool = False,
) -> MachineVolume:
    """Return an attached volume in the file ``path``."""
    return MachineVolume(
        attachment_id=an_id(),
        volume_id=an_id(),
        path=path,
        disk_format=disk_format,
        read_only=read_only,
        boot_index=boot_index,
    )


def a_port(
    address: str = "10.20.0.57",
    cidr: str = "10.20.0.0/24",
    gateway: str | None = "10.20.0.1",
    port_id: str | None = None,
) -> PortWiring:
    """Return a port of the user network driver."""
    return PortWiring(
        port_id=port_id or an_id(),
        network_id=an_id(),
        network_name="private",
        kind="user",
        mac="fa:16:3e:00:00:01",
        mtu_bytes=1500,
        address=address,
        prefix_length=int(cidr.rpartition("/")[2]),
        cidr=cidr,
        gateway=gateway,
        dns_servers=(),
    )


def a_machine(
    root: RootDisk | None = None,
    *,
    instance_id: str | None = None,
    attempt: int = 1,
    ram_mib: int = 64,
    volumes: tuple[MachineVolume, ...] = (),
    ports: tuple[PortWiring, ...] = (),
    config_drive: ConfigDrive | None = None,
) -> Machine:
    """Return a small machine."""
    return Machine(
        instance_id=an_id() if instance_id is None else instance_id,
        attempt=attempt,
        vcpus=1,
        ram_mib=ram_mib,
        root=root,
        volumes=volumes,
        ports=ports,
        config_drive=config_drive,
    )
