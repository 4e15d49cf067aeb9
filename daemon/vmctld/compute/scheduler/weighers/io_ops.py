"""Prefers hosts that have less to do."""

from __future__ import annotations

from vmctld.compute.scheduler.request import Fleet
from vmctld.domain.host import HostState

BUSY = 8  # nova's max_io_ops_per_host: from there on, busy is busy


def more_io_ops(host: HostState, _fleet: Fleet) -> float:
    """Return how busy the host is with builds, snapshots and moves; its multiplier is negative."""
    return min(host.io_ops / BUSY, 1.0)
