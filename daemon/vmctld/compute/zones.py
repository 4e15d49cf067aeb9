"""Availability zones: what users may ask for, made by the aggregates of hosts."""

from __future__ import annotations

from vmctld.compute.scheduler.filters.compute import is_down
from vmctld.domain.aggregate import AvailabilityZone, ZoneHost
from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.storage.database import Database
from vmctld.storage.repositories import hosts


class Zones:
    """Answers; which hosts make a zone, only admins are told."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def list_zones(self, caller: Caller) -> list[AvailabilityZone]:
        """Return the zones that have hosts, sorted by name."""
        now = self._clock()
        with self._database.read() as tx:
            everything = hosts.everything(tx)
        by_zone: dict[str, list[ZoneHost]] = {}
        for host in everything:
            seen = ZoneHost(host.name, host.enabled, not is_down(host, now), host.seen_at)
            by_zone.setdefault(host.availability_zone, []).append(seen)
        return [
            AvailabilityZone(
                name=name,
                available=any(host.enabled and host.is_up for host in found),
                hosts=tuple(found) if caller.is_admin else (),
            )
            for name, found in sorted(by_zone.items())
        ]
