"""What a server's machine has done so far."""

from __future__ import annotations

from dataclasses import dataclass

from vmctl.v1 import diagnostics_pb2 as pb
from vmctl_cli.client.values import or_none


@dataclass(frozen=True, slots=True)
class Disk:
    """What went through one disk."""

    name: str
    read_bytes: int
    read_requests: int
    write_bytes: int
    write_requests: int


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """A running machine; None: not known."""

    state: str
    driver: str
    accelerator: str | None
    num_cpus: int | None
    ram_mib: int | None
    uptime_s: int
    cpu_time_s: float
    num_disks: int
    num_nics: int
    disk_details: tuple[Disk, ...]
    nic_details: tuple[str, ...]


def diagnostics_from(message: pb.Diagnostics) -> Diagnostics:
    """Return what ``message`` says."""
    return Diagnostics(
        state=message.state,
        driver=message.driver,
        accelerator=or_none(message.accelerator),
        num_cpus=message.vcpus or None,
        ram_mib=message.ram_mib or None,
        uptime_s=message.uptime_s,
        cpu_time_s=message.cpu_time_s,
        num_disks=len(message.disks),
        num_nics=len(message.macs),
        disk_details=tuple(
            Disk(d.name, d.read_bytes, d.read_requests, d.write_bytes, d.write_requests)
            for d in message.disks
        ),
        nic_details=tuple(message.macs),
    )
