"""Hypervisors and agents as the commands see them."""

from __future__ import annotations

from dataclasses import dataclass

from vmctl.v1 import host_pb2 as pb
from vmctl_cli.client.values import or_none, time_of


@dataclass(frozen=True, slots=True)
class Hypervisor:
    """Where servers run."""

    id: str
    name: str
    availability_zone: str | None
    state: str
    status: str
    disabled_reason: str | None
    driver: str
    vcpus: int
    ram_mib: int
    disk_gib: int
    vcpus_claimed: int
    ram_claimed_mib: int
    disk_claimed_gib: int
    cpu_allocation_ratio: float
    ram_allocation_ratio: float
    disk_allocation_ratio: float
    instances: int
    current_workload: int
    build_failures: int
    uptime: str | None
    seen_at: str | None


@dataclass(frozen=True, slots=True)
class HypervisorStats:
    """Sums over all enabled hosts."""

    count: int
    current_workload: int
    vcpus: int
    vcpus_used: int
    ram_mib: int
    ram_used_mib: int
    disk_gib: int
    disk_used_gib: int
    servers: int
    free_ram_mib: int
    free_disk_gib: int


@dataclass(frozen=True, slots=True)
class HypervisorServer:
    """A server on a hypervisor."""

    id: str
    name: str
    hypervisor_id: str
    hypervisor_name: str


@dataclass(frozen=True, slots=True)
class HostAgent:
    """What nova calls a service."""

    id: str
    binary: str
    host: str
    availability_zone: str | None
    status: str
    state: str
    updated_at: str | None
    disabled_reason: str | None
    forced_down: bool


def hypervisor_from(message: pb.Hypervisor) -> Hypervisor:
    """Return the hypervisor that ``message`` describes."""
    return Hypervisor(
        id=message.id,
        name=message.name,
        availability_zone=or_none(message.availability_zone),
        state=message.state,
        status=message.status,
        disabled_reason=or_none(message.disabled_reason),
        driver=message.driver,
        vcpus=message.vcpus,
        ram_mib=message.ram_mib,
        disk_gib=message.disk_gib,
        vcpus_claimed=message.vcpus_claimed,
        ram_claimed_mib=message.ram_claimed_mib,
        disk_claimed_gib=message.disk_claimed_gib,
        cpu_allocation_ratio=message.cpu_allocation_ratio,
        ram_allocation_ratio=message.ram_allocation_ratio,
        disk_allocation_ratio=message.disk_allocation_ratio,
        instances=message.instances,
        current_workload=message.current_workload,
        build_failures=message.build_failures,
        uptime=or_none(message.uptime),
        seen_at=time_of(message, "seen_at"),
    )


def stats_from(message: pb.HypervisorStats) -> HypervisorStats:
    """Return the sums that ``message`` tells."""
    return HypervisorStats(
        count=message.count,
        current_workload=message.current_workload,
        vcpus=message.vcpus,
        vcpus_used=message.vcpus_used,
        ram_mib=message.ram_mib,
        ram_used_mib=message.ram_used_mib,
        disk_gib=message.disk_gib,
        disk_used_gib=message.disk_used_gib,
        servers=message.servers,
        free_ram_mib=message.ram_mib - message.ram_used_mib,
        free_disk_gib=message.disk_gib - message.disk_used_gib,
    )


def agent_from(message: pb.HostAgent) -> HostAgent:
    """Return the agent that ``message`` describes."""
    return HostAgent(
        id=message.id,
        binary=message.binary,
        host=message.host,
        availability_zone=or_none(message.availability_zone),
        status=message.status,
        state=message.state,
        updated_at=time_of(message, "updated_at"),
        disabled_reason=or_none(message.disabled_reason),
        forced_down=message.forced_down,
    )
