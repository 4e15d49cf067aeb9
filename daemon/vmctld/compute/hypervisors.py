"""Hosts for operators: what they have, what runs on them, how far they are overcommitted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from vmctld.compute.scheduler.filters.compute import is_down
from vmctld.domain.clock import Clock
from vmctld.domain.host import HostState
from vmctld.domain.hypervisor import Hypervisor, HypervisorStats, Ratios
from vmctld.domain.identity import Caller
from vmctld.domain.names import looks_like_id, not_found
from vmctld.domain.ownership import require_admin
from vmctld.domain.paging import Page
from vmctld.errors import InvalidRequest
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import host_rules, hosts, instance_places

LEAST_RATIO, MOST_RATIO = 0.01, 1000.0
SHOW_HINT = "vmctl hypervisor-list shows them"


class Hypervisors:
    """Answers and changes; all of it for admins."""

    def __init__(self, database: Database, hosts_changed: Callable[[], None], clock: Clock) -> None:
        self._database = database
        self._hosts_changed = hosts_changed
        self._clock = clock

    def page(self, caller: Caller, page: Page, matching: str = "") -> list[Hypervisor]:
        """Return a page of those whose names contain ``matching``, sorted by name."""
        require_admin(caller, "list hypervisors")
        with self._database.read() as tx:
            found = [host for host in hosts.everything(tx) if matching in host.name]
            after = _after(found, page.marker)[: page.limit]
            return _hypervisors(tx, after, self._clock())

    def get(self, caller: Caller, reference: str) -> Hypervisor:
        """Return the one of that name or id.  Raises NotFound."""
        require_admin(caller, "see a hypervisor")
        with self._database.read() as tx:
            return _hypervisors(tx, [find(tx, reference)], self._clock())[0]

    def stats(self, caller: Caller) -> HypervisorStats:
        """Return sums over all enabled hosts."""
        require_admin(caller, "sum up hypervisors")
        with self._database.read() as tx:
            counted = [host for host in hosts.everything(tx) if host.enabled]
        return HypervisorStats(
            count=len(counted),
            vcpus=sum(host.vcpus for host in counted),
            vcpus_used=sum(host.claimed.vcpus for host in counted),
            ram_mib=sum(host.ram_mib for host in counted),
            ram_used_mib=sum(host.claimed.ram_mib for host in counted),
            disk_gib=sum(host.disk_gib for host in counted),
            disk_used_gib=sum(host.claimed.disk_gib for host in counted),
            servers=sum(host.instances for host in counted),
            current_workload=sum(host.io_ops for host in counted),
        )

    def servers(
        self, caller: Caller, matching: str
    ) -> list[tuple[HostState, list[tuple[str, str]]]]:
        """Return id and name of the servers on each host of that name, id, or part of a name.

        Raises NotFound when no host is meant.
        """
        require_admin(caller, "list a hypervisor's servers")
        with self._database.read() as tx:
            everything = hosts.everything(tx)
            meant = [host for host in everything if _is(host, matching)]
            meant = meant or [host for host in everything if matching in host.name]
            if not meant:
                raise not_found(matching, "host", hint=SHOW_HINT)
            return [(host, instance_places.named_on_host(tx, host.name)) for host in meant]

    def set_ratios(self, caller: Caller, reference: str, changes: Ratios) -> Hypervisor:
        """Change a host's own allocation ratios; 0 takes one away, None leaves it.

        What is claimed stays: a host may have less than nothing free afterwards.
        """
        require_admin(caller, "change allocation ratios")
        for ratio in (changes.cpu, changes.ram, changes.disk):
            _check_ratio(ratio)

        def change(tx: Tx) -> str:
            host = find(tx, reference)
            host_rules.lock(tx, [host.name])
            now = host_rules.own_ratios(tx, host.name)
            host_rules.set_own_ratios(
                tx,
                host.name,
                Ratios(
                    _changed(now.cpu, changes.cpu),
                    _changed(now.ram, changes.ram),
                    _changed(now.disk, changes.disk),
                ),
            )
            return host.name

        name = self._database.run(change)
        self._hosts_changed()
        return self.get(caller, name)


def find(tx: Tx, reference: str) -> HostState:
    """Return the host of that name or id (as a hypervisor, or as a service).  Raises NotFound."""
    for host in hosts.everything(tx):
        if _is(host, reference):
            return host
    raise not_found(reference, "host", hint=SHOW_HINT)


def _is(host: HostState, reference: str) -> bool:
    wanted_id = looks_like_id(reference)
    return host.name == reference.strip() or (
        wanted_id is not None and wanted_id in (host.hypervisor_id, host.service_id)
    )


def _after(found: Sequence[HostState], marker: str | None) -> Sequence[HostState]:
    if marker is None:
        return found
    last = next((host.name for host in found if _is(host, marker)), marker)
    return [host for host in found if host.name > last]


def _hypervisors(tx: Tx, found: Sequence[HostState], now: datetime) -> list[Hypervisor]:
    ratios = host_rules.ratios_in_force(tx, [host.name for host in found])
    return [Hypervisor(host, not is_down(host, now), ratios[host.name]) for host in found]


def _check_ratio(ratio: float | None) -> None:
    if ratio is None or ratio == 0 or LEAST_RATIO <= ratio <= MOST_RATIO:
        return
    raise InvalidRequest(
        f"{ratio} is no allocation ratio",
        code="invalid-ratio",
        hint=f"{LEAST_RATIO} to {MOST_RATIO:.0f}; 0 takes the host's own away",
    )


def _changed(now: float | None, change: float | None) -> float | None:
    if change is None:
        return now
    return change or None
