"""Is the host in the zone that was asked for?"""

from __future__ import annotations

from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.host import HostState


def in_availability_zone(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse a host outside the zone asked for; without one, any zone will do."""
    zone = request.availability_zone
    if zone is None or host.availability_zone == zone:
        return None
    return f"in zone {host.availability_zone}, {zone} asked for"
