"""Prefers hosts that have more of the server group."""

from __future__ import annotations

from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.host import HostState
from vmctld.domain.server_group import Policy


def more_of_the_group(host: HostState, request: PlacementRequest) -> float:
    """Return the host's members of a soft-affinity group as a part of the most on any host."""
    group = request.group
    if group is None or group.policy is not Policy.SOFT_AFFINITY or not group.members:
        return 0.0
    return group.members.get(host.name, 0) / max(group.members.values())
