"""Prefers hosts that have less of the server group."""

from __future__ import annotations

from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.host import HostState
from vmctld.domain.server_group import Policy


def less_of_the_group(host: HostState, request: PlacementRequest) -> float:
    """Return minus the host's members of a soft-anti-affinity group, 1 where most of them are."""
    group = request.group
    if group is None or group.policy is not Policy.SOFT_ANTI_AFFINITY or not group.members:
        return 0.0
    return -group.members.get(host.name, 0) / max(group.members.values())
