"""Aggregates: which hosts are together, what holds for them, and the zones that they make."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vmctld.compute.aggregate_metadata import changed_metadata, checked_zone
from vmctld.domain.aggregate import DEFAULT_ZONE, Aggregate
from vmctld.domain.clock import Clock
from vmctld.domain.counting import counted
from vmctld.domain.identity import Caller
from vmctld.domain.names import check_name, not_found, only_match
from vmctld.domain.ownership import require_admin
from vmctld.errors import AlreadyExists, Conflict, NotFound, WrongState
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import aggregates, host_rules

ZONE_KEY = "availability_zone"  # among the metadata, as in nova


@dataclass(frozen=True, slots=True)
class AggregateChanges:
    """What shall be different about an aggregate; None leaves it, an empty zone takes it away."""

    name: str | None = None
    availability_zone: str | None = None
    metadata: Mapping[str, str | None] | None = None  # None for a key takes it away


class Aggregates:
    """Rules for aggregates; all of it for admins."""

    def __init__(self, database: Database, hosts_changed: Callable[[], None], clock: Clock) -> None:
        self._database = database
        self._hosts_changed = hosts_changed
        self._clock = clock

    def list_aggregates(self, caller: Caller) -> list[Aggregate]:
        """Return all aggregates, sorted by name."""
        require_admin(caller, "list aggregates")
        with self._database.read() as tx:
            return aggregates.everything(tx)

    def get(self, caller: Caller, reference: str) -> Aggregate:
        """Return the aggregate of that name or id.  Raises NotFound."""
        require_admin(caller, "see an aggregate")
        with self._database.read() as tx:
            return _find(tx, reference)

    def create(self, caller: Caller, name: str, zone: str = "") -> Aggregate:
        """Make an aggregate without hosts.  Raises InvalidRequest, AlreadyExists."""
        require_admin(caller, "make aggregates")
        now = self._clock()
        made = Aggregate(
            id=str(uuid.uuid4()),
            name=check_name(name, "aggregate"),
            availability_zone=checked_zone(zone) if zone else None,
            hosts=(),
            metadata={},
            created_at=now,
            updated_at=now,
        )

        def insert(tx: Tx) -> None:
            if not aggregates.insert(tx, made):
                raise _taken(made.name)

        self._database.run(insert)
        return made

    def update(self, caller: Caller, reference: str, changes: AggregateChanges) -> Aggregate:
        """Change name, zone or metadata; the hosts in it follow at once.

        Raises InvalidRequest, NotFound, AlreadyExists, Conflict (a host would be in two zones),
        WrongState (servers run in the zone that would change).
        """
        require_admin(caller, "change aggregates")
        return self._change(reference, lambda tx, found: self._update(tx, found, changes))

    def delete(self, caller: Caller, reference: str) -> None:
        """Forget an aggregate that has no hosts.  Raises NotFound, WrongState."""
        require_admin(caller, "delete aggregates")

        def remove(tx: Tx) -> None:
            found = _find(tx, reference)
            if found.hosts:
                raise WrongState(
                    f"aggregate {found.name} has {counted(len(found.hosts), 'host')}",
                    code="aggregate-not-empty",
                    hint="vmctl aggregate-remove-host takes them out",
                    facts={"hosts": len(found.hosts)},
                )
            aggregates.remove(tx, found.id)

        self._database.run(remove)

    def add_host(self, caller: Caller, reference: str, host: str) -> Aggregate:
        """Put a host into an aggregate, and into its zone.

        Raises NotFound, AlreadyExists, Conflict, WrongState.
        """
        require_admin(caller, "put hosts into aggregates")

        def add(tx: Tx, found: Aggregate) -> None:
            _lock(tx, [host])
            if host in found.hosts:
                raise AlreadyExists(
                    f"Aggregate {found.name} already has host {host}.", code="host-in-aggregate"
                )
            if found.availability_zone:
                _check_zone_change(tx, [host], found.availability_zone, besides=found.id)
            aggregates.add_host(tx, found.id, host)
            host_rules.apply_rules(tx, [host])

        return self._change(reference, add)

    def remove_host(self, caller: Caller, reference: str, host: str) -> Aggregate:
        """Take a host out of an aggregate.  Raises NotFound, WrongState."""
        require_admin(caller, "take hosts out of aggregates")

        def remove(tx: Tx, found: Aggregate) -> None:
            if host not in found.hosts:
                raise NotFound(
                    f"Aggregate {found.name} has no host {host}.", code="host-not-in-aggregate"
                )
            _lock(tx, [host])
            if found.availability_zone:
                _check_zone_change(tx, [host], DEFAULT_ZONE, besides=found.id)
            aggregates.remove_host(tx, found.id, host)
            host_rules.apply_rules(tx, [host])

        return self._change(reference, remove)

    def _update(self, tx: Tx, found: Aggregate, changes: AggregateChanges) -> None:
        name = found.name if changes.name is None else check_name(changes.name, "aggregate")
        if name != found.name and any(one.name == name for one in aggregates.everything(tx)):
            raise _taken(name)
        wanted = dict(changes.metadata or {})
        said = wanted.pop(ZONE_KEY, "") if ZONE_KEY in wanted else changes.availability_zone
        zone = found.availability_zone
        if said is not None or ZONE_KEY in (changes.metadata or {}):
            zone = checked_zone(said) if said else None
        _lock(tx, found.hosts)
        if zone != found.availability_zone:
            _check_zone_change(tx, found.hosts, zone or DEFAULT_ZONE, besides=found.id)
        metadata = changed_metadata(found.metadata, wanted)
        aggregates.change(
            tx,
            found.id,
            name=name,
            availability_zone=zone,
            metadata=metadata,
            now=self._clock(),
        )
        host_rules.apply_rules(tx, found.hosts)

    def _change(self, reference: str, change: Callable[[Tx, Aggregate], None]) -> Aggregate:
        def work(tx: Tx) -> Aggregate:
            found = _find(tx, reference)
            change(tx, found)
            again = aggregates.get(tx, found.id)
            assert again is not None
            return again

        changed = self._database.run(work)
        self._hosts_changed()
        return changed


def _find(tx: Tx, reference: str) -> Aggregate:
    found = aggregates.everything(tx)
    return only_match(found, reference, "aggregate", hint="vmctl aggregate-list shows them")


def _lock(tx: Tx, hosts: Sequence[str]) -> None:
    """Keep others from moving these hosts meanwhile.  Raises NotFound for one that is not there."""
    known = host_rules.lock(tx, hosts)
    for host in hosts:
        if host not in known:
            raise not_found(host, "host", hint="vmctl hypervisor-list shows them")


def _check_zone_change(tx: Tx, hosts: Sequence[str], zone: str, *, besides: str) -> None:
    """Raise when a host would be in two zones, or servers would find themselves in another.

    Nova refuses both: an instance stays in the zone that its user asked for.
    """
    for other in aggregates.everything(tx):
        if other.id == besides or other.availability_zone in (None, zone):
            continue
        both = sorted(set(other.hosts) & set(hosts))
        if both and zone != DEFAULT_ZONE:
            raise Conflict(
                f"host {both[0]} is in availability zone {other.availability_zone} already",
                code="host-in-another-zone",
                hint=f"vmctl aggregate-remove-host {other.name} {both[0]} takes it out",
                facts={"host": both[0], "aggregate": other.name},
            )
    for host in hosts:
        servers = host_rules.claims_on(tx, host)
        if servers and host_rules.zone_of(tx, host) != zone:
            raise WrongState(
                f"host {host} has {counted(servers, 'server')}, which would change their zone",
                code="zone-in-use",
                hint=f"vmctl hypervisor-servers {host} lists them",
                facts={"host": host, "servers": servers},
            )


def _taken(name: str) -> AlreadyExists:
    return AlreadyExists(
        f"Aggregate {name} already exists.", code="aggregate-exists", facts={"name": name}
    )
