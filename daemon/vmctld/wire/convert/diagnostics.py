"""What a machine has done, on the wire."""

from __future__ import annotations

from vmctl.v1 import diagnostics_pb2 as pb
from vmctld.domain.machine import Diagnostics, DiskCounters


def diagnostics_to_proto(found: Diagnostics) -> pb.Diagnostics:
    """Return ``found`` as a message."""
    return pb.Diagnostics(
        state=found.state,
        driver=found.driver,
        accelerator=found.accelerator or "",
        vcpus=found.vcpus,
        ram_mib=found.ram_mib,
        uptime_s=found.uptime_s,
        cpu_time_s=found.cpu_time_s,
        disks=[_disk(disk) for disk in found.disks],
        macs=found.macs,
    )


def diagnostics_from_proto(message: pb.Diagnostics) -> Diagnostics:
    """Return what the message says."""
    return Diagnostics(
        state=message.state,
        driver=message.driver,
        accelerator=message.accelerator or None,
        vcpus=message.vcpus,
        ram_mib=message.ram_mib,
        uptime_s=message.uptime_s,
        cpu_time_s=message.cpu_time_s,
        disks=tuple(
            DiskCounters(
                one.name,
                one.read_bytes,
                one.read_requests,
                one.write_bytes,
                one.write_requests,
            )
            for one in message.disks
        ),
        macs=tuple(message.macs),
    )


def _disk(disk: DiskCounters) -> pb.DiskCounters:
    return pb.DiskCounters(
        name=disk.name,
        read_bytes=disk.read_bytes,
        read_requests=disk.read_requests,
        write_bytes=disk.write_bytes,
        write_requests=disk.write_requests,
    )
