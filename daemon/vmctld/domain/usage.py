"""What projects used over time: the intervals in which their servers had a size."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Interval:
    """One server with one size, from ``started_at`` on; ``ended_at`` None: it goes on."""

    instance_id: str
    instance_name: str
    project_id: str
    flavor_name: str
    vcpus: int
    ram_mib: int
    disk_gib: int
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProjectUsage:
    """What one project used in a period.  A server counts once, however often it was resized."""

    project_id: str
    started_at: datetime
    ended_at: datetime
    servers: int
    cpu_hours: float
    ram_mib_hours: float
    disk_gib_hours: float
