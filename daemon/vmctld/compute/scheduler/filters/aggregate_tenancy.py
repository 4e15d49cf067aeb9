"""Is the host kept for other projects?"""

from __future__ import annotations

from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.counting import counted
from vmctld.domain.host import HostState

KEY = "filter_tenant_id"  # and whatever begins with it: one value of metadata is short


def is_open_to_the_project(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse a host whose aggregates name projects, and not this one."""
    if not host.aggregate_metadata:
        return None
    projects = {
        project.strip()
        for key, values in host.aggregate_metadata.items()
        if key.startswith(KEY)
        for value in values
        for project in value.split(",")
    }
    if not projects or request.project_id in projects:
        return None
    others = counted(len(projects), "other project")
    return f"kept for {others} by the metadata of its aggregates"
