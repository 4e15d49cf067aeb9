"""Host aggregates: hosts that an operator put together, what they say, and the zones they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

DEFAULT_ZONE = "nova"  # of a host that is in no aggregate with a zone


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Some hosts and what holds for them.  ``availability_zone`` None: it makes no zone."""

    id: str
    name: str
    availability_zone: str | None
    hosts: tuple[str, ...]
    metadata: Mapping[str, str]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ZoneHost:
    """A host as the list of zones shows it to admins."""

    name: str
    enabled: bool
    is_up: bool
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class AvailabilityZone:
    """A zone; ``available`` when one of its hosts is enabled and up."""

    name: str
    available: bool
    hosts: tuple[ZoneHost, ...]
