"""What the scheduler is asked for, and what a filter and a weigher are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from vmctld.compute.scheduler.query import Query
from vmctld.domain.host import HostState
from vmctld.domain.instance import Resources
from vmctld.domain.server_group import GroupOnHosts


@dataclass(frozen=True, slots=True)
class PlacementRequest:
    """Everything a decision depends on, besides the hosts: it is a pure function of both."""

    resources: Resources
    availability_zone: str | None
    forced_host: str | None
    excluded_hosts: tuple[str, ...]
    seed: int
    now: datetime
    hears_hosts: bool = True  # False: just come back itself, so a silent host may well be up
    project_id: str = ""
    flavor_name: str = ""
    extra_specs: Mapping[str, str] = field(default_factory=dict)
    image_properties: Mapping[str, str] = field(default_factory=dict)
    requested_host: str | None = None
    same_host: frozenset[str] | None = None  # hosts; None: not asked for
    different_host: frozenset[str] = frozenset()  # hosts
    group: GroupOnHosts | None = None
    query: Query | None = None

    @property
    def only_host(self) -> str | None:
        """The one host that may be taken at all, if there is one."""
        return self.forced_host or self.requested_host


@dataclass(frozen=True, slots=True)
class Fleet:
    """The most that can be claimed of any host, to weigh hosts against each other."""

    vcpus: int
    ram_mib: int
    disk_gib: int


Filter = Callable[[HostState, PlacementRequest], str | None]
"""Returns None when the host will do, else the reason that the user will read."""

Weigher = Callable[[HostState, Fleet], float]
"""Returns how much the host is liked, from 0 to 1."""

WishWeigher = Callable[[HostState, PlacementRequest], float]
"""The same, where it depends on the request as well."""
