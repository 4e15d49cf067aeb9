"""Is the host kept for other flavors?"""

from __future__ import annotations

from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.host import HostState

KEY = "instance_type"  # nova's


def is_open_to_the_flavor(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse a host whose aggregates name flavors, and not this one."""
    values = host.aggregate_metadata.get(KEY)
    if values is None:
        return None
    flavors = {flavor.strip() for value in values for flavor in value.split(",")}
    if request.flavor_name in flavors:
        return None
    return f"kept for flavor {', '.join(sorted(flavors))}, {request.flavor_name} asked for"
