"""Has the host vCPUs left to claim?"""

from __future__ import annotations

from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.host import HostState


def vcpus_fit(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse a host whose unclaimed vCPUs, overcommit included, are too few."""
    wanted = request.resources.vcpus
    if host.free_vcpus >= wanted:
        return None
    return f"{host.free_vcpus} vCPUs free, {wanted} asked for"
