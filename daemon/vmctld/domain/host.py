"""Compute hosts as the scheduler sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vmctld.domain.instance import Resources


@dataclass(frozen=True, slots=True)
class HostState:
    """What a host has and what is still unclaimed.  ``free_*`` count the ratios in."""

    name: str
    availability_zone: str
    driver: str
    enabled: bool
    disabled_reason: str | None
    vcpus: int
    ram_mib: int
    disk_gib: int
    capacity: Resources  # with the allocation ratios
    free_vcpus: int
    free_ram_mib: int
    free_disk_gib: int
    instances: int
    generation: int
    seen_at: datetime

    @property
    def claimed(self) -> Resources:
        """What instances claim of it."""
        return Resources(
            self.capacity.vcpus - self.free_vcpus,
            self.capacity.ram_mib - self.free_ram_mib,
            self.capacity.disk_gib - self.free_disk_gib,
        )
