"""What the scheduler is asked for, and what a filter and a weigher are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from vmctld.domain.host import HostState
from vmctld.domain.instance import Resources


@dataclass(frozen=True, slots=True)
class PlacementRequest:
    """Everything a decision depends on, besides the hosts: it is a pure function of both."""

    resources: Resources
    availability_zone: str | None
    forced_host: str | None
    excluded_hosts: tuple[str, ...]
    seed: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Fleet:
    """The largest of everything, to weigh hosts against each other."""

    vcpus: int
    ram_mib: int
    disk_gib: int


Filter = Callable[[HostState, PlacementRequest], str | None]
"""Returns None when the host will do, else the reason that the user will read."""

Weigher = Callable[[HostState, Fleet], float]
"""Returns how much the host is liked, from 0 to 1."""
