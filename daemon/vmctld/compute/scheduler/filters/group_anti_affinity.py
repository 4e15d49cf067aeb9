"""Are the server group's members kept apart?"""

from __future__ import annotations

from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.counting import counted
from vmctld.domain.host import HostState
from vmctld.domain.server_group import Policy


def keeps_group_apart(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse a host with as many members of an anti-affinity group as it may have."""
    group = request.group
    if group is None or group.policy is not Policy.ANTI_AFFINITY or group.allows(host.name):
        return None
    here = group.members.get(host.name, 0)
    most = group.max_server_per_host
    return f"it has {counted(here, 'server')} of group {group.name}, at most {most} may be here"
