"""Does the condition of the hint ``query`` hold on the host?"""

from __future__ import annotations

from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.host import HostState


def satisfies_the_query(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse a host on which the condition does not hold, with the numbers it was about."""
    query = request.query
    if query is None or query.holds(host):
        return None
    return query.said(host)
