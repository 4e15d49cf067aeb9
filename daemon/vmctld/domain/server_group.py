"""Server groups: instances that shall be together, or apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Policy(StrEnum):
    """Nova's four."""

    AFFINITY = "affinity"
    ANTI_AFFINITY = "anti-affinity"
    SOFT_AFFINITY = "soft-affinity"
    SOFT_ANTI_AFFINITY = "soft-anti-affinity"

    @property
    def is_hard(self) -> bool:
        """True when a host that breaks it is never taken."""
        return self in (Policy.AFFINITY, Policy.ANTI_AFFINITY)


@dataclass(frozen=True, slots=True)
class ServerGroup:
    """A group.  ``members`` are the ids of its living instances, oldest first."""

    id: str
    name: str
    project_id: str
    user_id: str
    policy: Policy
    max_server_per_host: int  # of anti-affinity; 1 unless its maker said more
    members: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class GroupOnHosts:
    """Where a group's members are: what filters and weighers look at."""

    name: str
    policy: Policy
    max_server_per_host: int
    members: Mapping[str, int]  # how many by host; hosts without one are absent

    def allows(self, host: str) -> bool:
        """Return whether one more member on ``host`` breaks no hard policy."""
        if self.policy is Policy.ANTI_AFFINITY:
            return self.members.get(host, 0) < self.max_server_per_host
        if self.policy is Policy.AFFINITY:
            return not self.members or host in self.members
        return True
