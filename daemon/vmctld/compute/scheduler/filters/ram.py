"""Has the host RAM left to claim?"""

from __future__ import annotations

from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.host import HostState


def ram_fits(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse a host whose unclaimed RAM is less than the flavor asks for.

    Claimed RAM counts, not used RAM: an instance being built has not touched its own yet.
    """
    wanted_mib = request.resources.ram_mib
    if host.free_ram_mib >= wanted_mib:
        return None
    return f"{host.free_ram_mib} MiB of RAM free, {wanted_mib} MiB asked for"
