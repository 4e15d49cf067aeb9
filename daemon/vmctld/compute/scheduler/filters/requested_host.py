"""Is it the host that was asked for?"""

from __future__ import annotations

from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.host import HostState


def is_the_requested_host(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse all hosts but the one of ``--host``; unlike a forced one it is asked all else, too."""
    if request.requested_host is None or host.name == request.requested_host:
        return None
    return f"not {request.requested_host}, which was asked for"
