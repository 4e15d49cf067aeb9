"""Prefers hosts with more unclaimed vCPUs."""

from __future__ import annotations

from vmctld.compute.scheduler.request import Fleet
from vmctld.domain.host import HostState


def more_free_vcpus(host: HostState, fleet: Fleet) -> float:
    """Return the host's unclaimed vCPUs as a part of the most that any host has."""
    return host.free_vcpus / fleet.vcpus if fleet.vcpus else 0.0
