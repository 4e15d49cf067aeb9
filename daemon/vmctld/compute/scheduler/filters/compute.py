"""Is the host there, and may it be used?"""

from __future__ import annotations

from datetime import datetime, timedelta

from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.host import HostState

DOWN_AFTER = timedelta(seconds=60)  # nova's service_down_time; reports come every 10 s


def is_up_and_enabled(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse a host that an operator disabled, or that has not been heard of lately."""
    if not host.enabled:
        return f"disabled: {host.disabled_reason or 'no reason given'}"
    if host.forced_down:
        return "down: an operator says so"
    silent = request.now - host.seen_at
    if request.hears_hosts and silent > DOWN_AFTER:
        return f"down: last heard of {int(silent.total_seconds())} s ago"
    return None


def is_down(host: HostState, now: datetime) -> bool:
    """Return whether a host counts as dead: an operator says so, or it is silent."""
    return host.forced_down or now - host.seen_at > DOWN_AFTER
