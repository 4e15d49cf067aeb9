"""Is one of the servers to be kept away from on the host?"""

from __future__ import annotations

from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.host import HostState


def is_away_from_the_named(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse a host that a server of the hint ``different_host`` is on."""
    if host.name not in request.different_host:
        return None
    return "a server of different_host is here"
