"""Has the host disk left to claim?"""

from __future__ import annotations

from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.host import HostState


def disk_fits(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse a host whose unclaimed disk is less than the flavor asks for."""
    wanted_gib = request.resources.disk_gib
    if host.free_disk_gib >= wanted_gib:
        return None
    return f"{host.free_disk_gib} GiB of disk free, {wanted_gib} GiB asked for"
