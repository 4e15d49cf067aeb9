"""The scheduler's picture of the hosts: in memory, best first, corrected by every claim.

It may be a moment old.  That costs a lost race at worst, for the claim itself is a
conditional change in the database.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from sortedcontainers import SortedKeyList

from vmctld.compute.messages import HostFree
from vmctld.compute.scheduler.request import Fleet
from vmctld.compute.scheduler.weighers import weight_of
from vmctld.domain.host import HostState

RELOAD_S = 10.0  # how old news of other processes may get: enabled, seen, new hosts
NO_FLEET = Fleet(1, 1, 1)
NO_HOSTS = SortedKeyList()
BATCH = 64  # hosts taken at a time: the lock is not held while they are looked at


class HostView:
    """All hosts, sorted by weight.  Thread-safe."""

    def __init__(
        self,
        load: Callable[[], Sequence[HostState]],
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._elapsed = elapsed
        self._guard = threading.RLock()
        self._hosts: dict[str, HostState] = {}
        self._fleet = NO_FLEET
        self._sorted: SortedKeyList = SortedKeyList(key=self._rank)
        self._of_zone: dict[str, SortedKeyList] = {}
        self._loaded_at = float("-inf")

    def _rank(self, host: HostState) -> tuple[float, str]:
        return -weight_of(host, self._fleet), host.name

    @property
    def fleet(self) -> Fleet:
        """The largest of everything that can be claimed of a host."""
        return self._fleet

    def reload(self) -> None:
        """Read all hosts again."""
        hosts = self._load()
        with self._guard:
            self._fleet = Fleet(
                max((host.capacity.vcpus for host in hosts), default=1),
                max((host.capacity.ram_mib for host in hosts), default=1),
                max((host.capacity.disk_gib for host in hosts), default=1),
            )
            self._hosts = {host.name: host for host in hosts}
            self._sorted = SortedKeyList(hosts, key=self._rank)
            self._of_zone = self._by_zone(hosts)
            self._loaded_at = self._elapsed()

    def refresh(self) -> None:
        """Read the hosts again if it is long ago."""
        if self._elapsed() - self._loaded_at > RELOAD_S:
            self.reload()

    def forget(self) -> None:
        """Have the next look read the hosts again."""
        with self._guard:
            self._loaded_at = float("-inf")

    def claimed(self, host: HostState) -> None:
        """Take in what a claim returned: there is less room, and one more thing to do.

        A claim knows nothing of aggregates and of what else the host works on: that stays.
        """
        with self._guard:
            old = self._hosts.get(host.name)
            if old is None or old.generation > host.generation:
                return
            metadata = old.aggregate_metadata
            self._put(replace(host, aggregate_metadata=metadata, io_ops=old.io_ops + 1))

    def apply(self, news: HostFree) -> None:
        """Take in what another part said about what is free."""
        with self._guard:
            old = self._hosts.get(news.host)
            if old is None or old.generation >= news.generation:
                return
            self._put(
                replace(
                    old,
                    free_vcpus=news.free_vcpus,
                    free_ram_mib=news.free_ram_mib,
                    free_disk_gib=news.free_disk_gib,
                    instances=news.instances,
                    generation=news.generation,
                    build_failures=news.build_failures,
                )
            )

    def best_first(
        self, only: str | None = None, *, zone: str | None = None
    ) -> Iterator[HostState]:
        """Yield the hosts, best first, as they are while one looks; or one, or those of a zone."""
        if only is not None:
            host = self._hosts.get(only)
            if host is not None:
                yield host
            return
        position = 0
        while True:
            with self._guard:
                hosts = self._sorted if zone is None else self._of_zone.get(zone, NO_HOSTS)
                batch = list(hosts.islice(position, position + BATCH))
            if not batch:
                return
            yield from batch
            position += len(batch)

    def _put(self, host: HostState) -> None:
        """Have ``host`` in the place that it has now."""
        old = self._hosts[host.name]
        for hosts in (self._sorted, self._of_zone[old.availability_zone]):
            hosts.remove(old)
        self._hosts[host.name] = host
        self._sorted.add(host)
        self._of_zone.setdefault(host.availability_zone, SortedKeyList(key=self._rank)).add(host)

    def _by_zone(self, hosts: Sequence[HostState]) -> dict[str, SortedKeyList]:
        zones = {host.availability_zone for host in hosts}
        return {
            zone: SortedKeyList(
                (host for host in hosts if host.availability_zone == zone), key=self._rank
            )
            for zone in zones
        }

    def __len__(self) -> int:
        return len(self._hosts)
