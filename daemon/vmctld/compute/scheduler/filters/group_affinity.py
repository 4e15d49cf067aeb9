"""Are the server group's members kept together?"""

from __future__ import annotations

from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.counting import counted
from vmctld.domain.host import HostState
from vmctld.domain.server_group import Policy


def keeps_group_together(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse a host without a member of an affinity group that has members elsewhere."""
    group = request.group
    if group is None or group.policy is not Policy.AFFINITY or group.allows(host.name):
        return None
    elsewhere = sum(group.members.values())
    return f"group {group.name} has its {counted(elsewhere, 'server')} on another host"
