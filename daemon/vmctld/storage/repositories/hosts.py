"""Hosts, and the claims that instances have on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, select, update

from vmctld.domain.host import HostState
from vmctld.domain.instance import Resources
from vmctld.domain.machine import HostCapacity
from vmctld.errors import AlreadyExists
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.prepared import Prepared
from vmctld.storage.repositories import aggregates, instance_places
from vmctld.storage.statements import InsertIfAbsent
from vmctld.storage.tables.compute import AllocationRow, HostRow

TABLE = core(HostRow)
ALLOCATIONS = core(AllocationRow)
_C = TABLE.c
NO_UPTIMES: Mapping[str, str] = {}
NO_METADATA: Mapping[str, frozenset[str]] = {}  # of the hosts in no aggregate: one for all

# nova's initial allocation ratios
CPU_RATIO = 4.0
RAM_RATIO = 1.0
DISK_RATIO = 1.0

_CLAIM = Prepared(
    update(TABLE)
    .where(
        _C.name == bindparam("host"),
        _C.enabled,
        ~_C.forced_down,
        _C.free_vcpus >= bindparam("v"),
        _C.free_ram_mib >= bindparam("r"),
        _C.free_disk_gib >= bindparam("d"),
    )
    .values(
        free_vcpus=_C.free_vcpus - bindparam("v"),
        free_ram_mib=_C.free_ram_mib - bindparam("r"),
        free_disk_gib=_C.free_disk_gib - bindparam("d"),
        instances=_C.instances + 1,
        generation=_C.generation + 1,
    )
    .returning(TABLE)
)
_allocate_if_absent = InsertIfAbsent(ALLOCATIONS)


def claim(
    tx: Tx, instance_id: str, host: str, wanted: Resources, now: datetime
) -> HostState | None:
    """Take ``wanted`` from ``host``; None when it has no room for it any more.

    The condition and the change are one statement: two schedulers never both get the last.
    Raises AlreadyExists when the instance has a claim already: its request came twice.
    """
    values = {"host": host, "v": wanted.vcpus, "r": wanted.ram_mib, "d": wanted.disk_gib}
    row = _CLAIM.one(tx, values)
    if row is None:
        return None
    allocation = {
        "instance_id": instance_id,
        "host": host,
        "vcpus": wanted.vcpus,
        "ram_mib": wanted.ram_mib,
        "disk_gib": wanted.disk_gib,
        "created_at": now,
    }
    if not _allocate_if_absent(tx, allocation):
        raise AlreadyExists("the instance has a claim already", code="claimed-already")
    return _host_of(row)


_FREE = Prepared(
    delete(ALLOCATIONS)
    .where(ALLOCATIONS.c.instance_id == bindparam("instance"))
    .returning(ALLOCATIONS)
)
_GIVE_BACK = Prepared(
    update(TABLE)
    .where(_C.name == bindparam("host"))
    .values(
        free_vcpus=_C.free_vcpus + bindparam("v"),
        free_ram_mib=_C.free_ram_mib + bindparam("r"),
        free_disk_gib=_C.free_disk_gib + bindparam("d"),
        instances=_C.instances - 1,
        generation=_C.generation + 1,
    )
    .returning(TABLE)
)


def release(tx: Tx, instance_id: str) -> HostState | None:
    """Give back what the instance claimed; None when it claimed nothing."""
    claimed = _FREE.one(tx, {"instance": instance_id})
    if claimed is None:
        return None
    values = {
        "host": claimed.host,
        "v": claimed.vcpus,
        "r": claimed.ram_mib,
        "d": claimed.disk_gib,
    }
    return _host_of(_GIVE_BACK.one(tx, values))


_EVERYTHING = select(TABLE).order_by(_C.name)


def everything(tx: Tx) -> list[HostState]:
    """Return all hosts, sorted by name, with what their aggregates say and how busy they are."""
    metadata, busy = aggregates.metadata_by_host(tx), instance_places.busy_on_hosts(tx)
    return [
        _host_of(row, metadata.get(row.name, NO_METADATA), busy.get(row.name, 0))
        for row in tx.execute(_EVERYTHING)
    ]


_NAMED = select(TABLE).where(_C.name.in_(bindparam("names", expanding=True)))
_SEEN = (
    update(TABLE)
    .where(_C.name == bindparam("host"))
    .values(seen_at=bindparam("now"), uptime=bindparam("line"))
)


def seen(
    tx: Tx,
    reports: Sequence[tuple[str, str, str, HostCapacity]],
    now: datetime,
    uptimes: Mapping[str, str] = NO_UPTIMES,
) -> bool:
    """Note that hosts (name, zone, driver, capacity) are here; True when one is new or changed.

    What is free is counted from the allocations, so a host that grew or shrank is right.
    """
    names = [name for name, *_ in reports]
    known = {row.name: row for row in tx.execute(_NAMED, {"names": names})}
    news = False
    for name, zone, driver, capacity in reports:
        row = known.get(name)
        if row is None:
            tx.execute(TABLE.insert(), _fresh_row(name, zone, driver, capacity, now))
            news = True
        elif (row.vcpus, row.ram_mib, row.disk_gib, row.driver) != (
            capacity.vcpus,
            capacity.ram_mib,
            capacity.disk_gib,
            driver,
        ):
            _resize(tx, name, driver, capacity)
            news = True
    lines = [{"host": name, "now": now, "line": uptimes.get(name) or None} for name in names]
    tx.execute(_SEEN, lines)
    return news


def _fresh_row(
    name: str, zone: str, driver: str, capacity: HostCapacity, now: datetime
) -> dict[str, Any]:
    return {
        "name": name,
        "availability_zone": zone,
        "driver": driver,
        "enabled": True,
        "disabled_reason": None,
        "vcpus": capacity.vcpus,
        "ram_mib": capacity.ram_mib,
        "disk_gib": capacity.disk_gib,
        "cpu_ratio": CPU_RATIO,
        "ram_ratio": RAM_RATIO,
        "disk_ratio": DISK_RATIO,
        "free_vcpus": int(capacity.vcpus * CPU_RATIO),
        "free_ram_mib": int(capacity.ram_mib * RAM_RATIO),
        "free_disk_gib": int(capacity.disk_gib * DISK_RATIO),
        "instances": 0,
        "generation": 1,
        "seen_at": now,
        "forced_down": False,
        "build_failures": 0,
    }


def _resize(tx: Tx, name: str, driver: str, capacity: HostCapacity) -> None:
    ratios = select(_C.cpu_ratio, _C.ram_ratio, _C.disk_ratio).where(_C.name == name)
    # claims wait from here on: none comes between counting them and setting what is free
    cpu_ratio, ram_ratio, disk_ratio = tx.execute(ratios.with_for_update()).one()
    used = tx.execute(
        select(
            func.coalesce(func.sum(ALLOCATIONS.c.vcpus), 0),
            func.coalesce(func.sum(ALLOCATIONS.c.ram_mib), 0),
            func.coalesce(func.sum(ALLOCATIONS.c.disk_gib), 0),
        ).where(ALLOCATIONS.c.host == name)
    ).one()
    tx.execute(
        update(TABLE)
        .where(_C.name == name)
        .values(
            driver=driver,
            vcpus=capacity.vcpus,
            ram_mib=capacity.ram_mib,
            disk_gib=capacity.disk_gib,
            free_vcpus=int(capacity.vcpus * cpu_ratio) - used[0],
            free_ram_mib=int(capacity.ram_mib * ram_ratio) - used[1],
            free_disk_gib=int(capacity.disk_gib * disk_ratio) - used[2],
            generation=_C.generation + 1,
        )
    )


def totals(tx: Tx, names: Iterable[str]) -> dict[str, Resources]:
    """Return what is claimed of each host, summed over its allocations."""
    query = (
        select(
            ALLOCATIONS.c.host,
            func.sum(ALLOCATIONS.c.vcpus),
            func.sum(ALLOCATIONS.c.ram_mib),
            func.sum(ALLOCATIONS.c.disk_gib),
        )
        .where(ALLOCATIONS.c.host.in_(list(names)))
        .group_by(ALLOCATIONS.c.host)
    )
    return {row[0]: Resources(int(row[1]), int(row[2]), int(row[3])) for row in tx.execute(query)}


def _host_of(
    row: Row[Any], metadata: Mapping[str, frozenset[str]] = NO_METADATA, io_ops: int = 0
) -> HostState:
    return HostState(
        name=row.name,
        availability_zone=row.availability_zone,
        driver=row.driver,
        enabled=row.enabled,
        disabled_reason=row.disabled_reason,
        vcpus=row.vcpus,
        ram_mib=row.ram_mib,
        disk_gib=row.disk_gib,
        capacity=Resources(
            int(row.vcpus * row.cpu_ratio),
            int(row.ram_mib * row.ram_ratio),
            int(row.disk_gib * row.disk_ratio),
        ),
        free_vcpus=row.free_vcpus,
        free_ram_mib=row.free_ram_mib,
        free_disk_gib=row.free_disk_gib,
        instances=row.instances,
        generation=row.generation,
        seen_at=row.seen_at,
        forced_down=row.forced_down,
        build_failures=row.build_failures,
        io_ops=io_ops,
        aggregate_metadata=metadata,
        uptime=row.uptime,
    )
