"""Has the host fewer instances than its aggregates allow?"""

from __future__ import annotations

from vmctld.compute.scheduler.filters.aggregate_limit import limit_of
from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.counting import counted
from vmctld.domain.host import HostState

KEY = "max_instances_per_host"  # nova's


def has_few_instances(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse a host that has as many instances as an aggregate's metadata allows."""
    limit = limit_of(host, KEY)
    if limit is None or host.instances < limit:
        return None
    return f"it has {counted(host.instances, 'server')}, at most {limit} may be here"
