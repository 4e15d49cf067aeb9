"""Compute hosts as the scheduler sees them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from vmctld.domain.instance import Resources

_HYPERVISOR_IDS = uuid.UUID("5d7a0f52-8f0e-4a43-9a0b-6c9d0b6f2a11")
_SERVICE_IDS = uuid.UUID("0b9a3f0c-6d0f-4d38-9b57-2e0c7a4f7d65")


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
    forced_down: bool = False  # an operator says that it is dead
    build_failures: int = 0  # builds that failed there since one succeeded
    io_ops: int = 0  # instances that something is being done to: builds, snapshots and so on
    aggregate_metadata: Mapping[str, frozenset[str]] = field(default_factory=dict)  # of all
    uptime: str | None = None  # the line of ``uptime``, as the host last told it

    @property
    def hypervisor_id(self) -> str:
        """Its id as a hypervisor; follows from its name, so it needs no keeping."""
        return str(uuid.uuid5(_HYPERVISOR_IDS, self.name))

    @property
    def service_id(self) -> str:
        """The id of its compute agent."""
        return str(uuid.uuid5(_SERVICE_IDS, self.name))

    @property
    def claimed(self) -> Resources:
        """What instances claim of it."""
        return Resources(
            self.capacity.vcpus - self.free_vcpus,
            self.capacity.ram_mib - self.free_ram_mib,
            self.capacity.disk_gib - self.free_disk_gib,
        )
