"""Keeps away from hosts where builds have failed lately."""

from __future__ import annotations

from vmctld.compute.scheduler.request import Fleet
from vmctld.domain.host import HostState

MANY = 10  # nova's consecutive_build_service_disable_threshold


def more_build_failures(host: HostState, _fleet: Fleet) -> float:
    """Return how many builds failed there since one succeeded; its multiplier is negative."""
    return min(host.build_failures / MANY, 1.0)
