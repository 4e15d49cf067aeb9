"""Did this build fail on the host already?"""

from __future__ import annotations

from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.host import HostState


def was_not_tried(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse a host on which an earlier attempt of the same build failed."""
    if host.name in request.excluded_hosts:
        return "an earlier attempt of this build failed here"
    return None
