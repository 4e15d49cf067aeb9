"""What a driver is told to run, and what it says about what runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from pathlib import Path

from vmctld.domain.network import PortWiring


class PowerState(IntEnum):
    """What the hypervisor says; nova's numbers."""

    NOSTATE = 0
    RUNNING = 1
    PAUSED = 3
    SHUTDOWN = 4
    CRASHED = 6
    SUSPENDED = 7


@dataclass(frozen=True, slots=True)
class RootDisk:
    """The instance's own disk: a fresh overlay over a verified base image."""

    base_path: Path
    base_format: str  # "qcow2" or "raw"; always explicit
    size_gib: int  # 0: as large as the base


@dataclass(frozen=True, slots=True)
class MachineVolume:
    """One attached volume.  ``serial`` is the first 20 bytes of its id: all virtio-blk has."""

    attachment_id: str
    volume_id: str
    path: Path
    disk_format: str
    read_only: bool
    boot_index: int | None  # 0: the machine boots from it

    @property
    def serial(self) -> str:
        """What the guest reads in /sys/block/*/serial."""
        return self.volume_id[:20]


@dataclass(frozen=True, slots=True)
class ConfigDrive:
    """The files of the ``config-2`` drive, by their path on it.  They may hold user secrets."""

    files: tuple[tuple[str, bytes], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Machine:
    """One virtual machine as its driver sees it (step 28).

    Nothing in here that a user typed may reach a command line; names on the host are
    made from ``instance_id``.
    """

    instance_id: str
    attempt: int  # the fencing token: an older attempt never touches a newer one's machine
    vcpus: int
    ram_mib: int
    root: RootDisk | None  # None: boots from a volume
    volumes: tuple[MachineVolume, ...]
    ports: tuple[PortWiring, ...]
    config_drive: ConfigDrive | None
    hostname: str = ""  # a label of letters, digits and dashes
    documents: ConfigDrive | None = None  # what the metadata service tells the guest


@dataclass(frozen=True, slots=True)
class MachineStatus:
    """What is known of a machine now.  ``power`` None: a probe failed; unknown, not absent."""

    instance_id: str
    attempt: int
    power: PowerState | None
    pid: int | None
    started_at: datetime | None
    ssh_port: int | None  # on 127.0.0.1, with the user network driver
    accelerator: str | None  # "kvm" or "tcg"


@dataclass(frozen=True, slots=True)
class DiskCounters:
    """What went through one of a machine's disks since it was started."""

    name: str
    read_bytes: int
    read_requests: int
    write_bytes: int
    write_requests: int


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """What a running machine has and has done.  Zeros: not known."""

    state: str
    driver: str
    accelerator: str | None
    vcpus: int
    ram_mib: int
    uptime_s: int
    cpu_time_s: float
    disks: tuple[DiskCounters, ...]
    macs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HostCapacity:
    """What a host has, before allocation ratios."""

    vcpus: int
    ram_mib: int
    disk_gib: int
