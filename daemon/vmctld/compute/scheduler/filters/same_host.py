"""Is one of the servers to be near on the host?"""

from __future__ import annotations

from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.counting import counted
from vmctld.domain.host import HostState


def is_near_the_named(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse a host that none of the servers of the hint ``same_host`` is on."""
    hosts = request.same_host
    if hosts is None or host.name in hosts:
        return None
    others = counted(len(hosts), "other host")
    return f"none of the servers of same_host is here; they are on {others}"
