"""Prefers hosts with more unclaimed disk."""

from __future__ import annotations

from vmctld.compute.scheduler.request import Fleet
from vmctld.domain.host import HostState


def more_free_disk(host: HostState, fleet: Fleet) -> float:
    """Return the host's unclaimed disk as a part of the most that any host has."""
    return host.free_disk_gib / fleet.disk_gib if fleet.disk_gib else 0.0
