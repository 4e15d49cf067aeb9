"""Hypervisors and the agents on them on the wire."""

from __future__ import annotations

from vmctl.v1 import host_pb2 as pb
from vmctld.domain.hypervisor import Hypervisor, HypervisorStats
from vmctld.wire.convert.common import time_to_proto

AGENT_BINARY = "nova-compute"  # what nova calls it


def hypervisor_to_proto(hypervisor: Hypervisor) -> pb.Hypervisor:
    """Return ``hypervisor`` as a message."""
    host, ratios = hypervisor.host, hypervisor.ratios
    return pb.Hypervisor(
        id=host.hypervisor_id,
        name=host.name,
        state=_state(hypervisor),
        status=_status(hypervisor),
        disabled_reason=host.disabled_reason or "",
        availability_zone=host.availability_zone,
        driver=host.driver,
        vcpus=host.vcpus,
        ram_mib=host.ram_mib,
        disk_gib=host.disk_gib,
        vcpus_claimed=host.claimed.vcpus,
        ram_claimed_mib=host.claimed.ram_mib,
        disk_claimed_gib=host.claimed.disk_gib,
        cpu_allocation_ratio=ratios.cpu or 0.0,
        ram_allocation_ratio=ratios.ram or 0.0,
        disk_allocation_ratio=ratios.disk or 0.0,
        instances=host.instances,
        current_workload=host.io_ops,
        build_failures=host.build_failures,
        uptime=host.uptime or "",
        seen_at=time_to_proto(host.seen_at),
    )


def agent_to_proto(hypervisor: Hypervisor) -> pb.HostAgent:
    """Return the agent of a host as a message."""
    host = hypervisor.host
    return pb.HostAgent(
        id=host.service_id,
        binary=AGENT_BINARY,
        host=host.name,
        availability_zone=host.availability_zone,
        status=_status(hypervisor),
        state=_state(hypervisor),
        updated_at=time_to_proto(host.seen_at),
        disabled_reason=host.disabled_reason or "",
        forced_down=host.forced_down,
    )


def stats_to_proto(stats: HypervisorStats) -> pb.HypervisorStats:
    """Return sums over hosts as a message."""
    return pb.HypervisorStats(
        count=stats.count,
        vcpus=stats.vcpus,
        vcpus_used=stats.vcpus_used,
        ram_mib=stats.ram_mib,
        ram_used_mib=stats.ram_used_mib,
        disk_gib=stats.disk_gib,
        disk_used_gib=stats.disk_used_gib,
        servers=stats.servers,
        current_workload=stats.current_workload,
    )


def _state(hypervisor: Hypervisor) -> str:
    return "up" if hypervisor.is_up else "down"


def _status(hypervisor: Hypervisor) -> str:
    return "enabled" if hypervisor.host.enabled else "disabled"
