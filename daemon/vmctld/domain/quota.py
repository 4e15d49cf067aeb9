"""Quotas: how much a project may have."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

UNLIMITED = -1

DEFAULT_LIMITS = MappingProxyType(
    {
        "instances": 10,
        "cores": 20,
        "ram_mib": 51200,
        "key_pairs": 100,
        "metadata_items": 128,
        "server_groups": 10,
        "server_group_members": 10,
        "security_groups": 10,
        "security_group_rules": 100,
        "volumes": 10,
        "gigabytes": 1000,
        "snapshots": 10,
    }
)  # nova's, and cinder's for the last three


@dataclass(frozen=True, slots=True)
class Usage:
    """What a project's living instances use, or what a request would add to that."""

    instances: int = 0
    cores: int = 0
    ram_mib: int = 0


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit of a project and what it uses of it; UNLIMITED: no limit."""

    resource: str
    limit: int
    used: int


@dataclass(frozen=True, slots=True)
class Quotas:
    """All limits of a project, sorted by resource."""

    project_id: str
    quotas: tuple[Quota, ...]
