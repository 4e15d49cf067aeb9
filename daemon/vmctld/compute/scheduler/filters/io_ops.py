"""Is the host less busy than its aggregates allow?"""

from __future__ import annotations

from vmctld.compute.scheduler.filters.aggregate_limit import limit_of
from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.counting import counted
from vmctld.domain.host import HostState

KEY = "max_io_ops_per_host"  # nova's


def has_few_io_ops(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse a host that works on as many instances as an aggregate's metadata allows.

    What counts are builds, snapshots, moves and the like: whatever keeps its disks busy.
    """
    limit = limit_of(host, KEY)
    if limit is None or host.io_ops < limit:
        return None
    return f"it works on {counted(host.io_ops, 'server')}, at most {limit} at a time may"
