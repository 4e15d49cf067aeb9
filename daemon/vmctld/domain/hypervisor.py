"""Hosts as operators see them: hypervisors and the services on them, in nova's words."""

from __future__ import annotations

from dataclasses import dataclass

from vmctld.domain.host import HostState


@dataclass(frozen=True, slots=True)
class Ratios:
    """How many times over a host's own can be claimed.  None: not said here."""

    cpu: float | None = None
    ram: float | None = None
    disk: float | None = None


@dataclass(frozen=True, slots=True)
class Hypervisor:
    """A host with what holds for it by now."""

    host: HostState
    is_up: bool
    ratios: Ratios  # in force: its own, else its aggregates', else nova's


@dataclass(frozen=True, slots=True)
class HypervisorStats:
    """Sums over all hosts that are enabled, as nova has them."""

    count: int = 0
    vcpus: int = 0
    vcpus_used: int = 0
    ram_mib: int = 0
    ram_used_mib: int = 0
    disk_gib: int = 0
    disk_used_gib: int = 0
    servers: int = 0
    current_workload: int = 0  # servers that something is being done to
