"""Prefers hosts with more unclaimed RAM."""

from __future__ import annotations

from vmctld.compute.scheduler.request import Fleet
from vmctld.domain.host import HostState


def more_free_ram(host: HostState, fleet: Fleet) -> float:
    """Return the host's unclaimed RAM as a part of the most that any host has."""
    return host.free_ram_mib / fleet.ram_mib if fleet.ram_mib else 0.0
