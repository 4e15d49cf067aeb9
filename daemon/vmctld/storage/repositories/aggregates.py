"""Aggregates and their hosts, and what they mean for each host: its zone and its ratios."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update

from vmctld.domain.aggregate import Aggregate
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.statements import InsertIfAbsent
from vmctld.storage.tables.placement import AggregateHostRow, AggregateRow

_AGGREGATES = core(AggregateRow)
_HOSTS = core(AggregateHostRow)
_A, _H = _AGGREGATES.c, _HOSTS.c
_insert_if_absent = InsertIfAbsent(_AGGREGATES)
_add_if_absent = InsertIfAbsent(_HOSTS)
_OF_HOSTS = select(_H.host, _A.meta, _A.availability_zone).join(
    _AGGREGATES, _A.id == _H.aggregate_id
)


def insert(tx: Tx, aggregate: Aggregate) -> bool:
    """Keep a new aggregate without hosts; False when its name is taken."""
    row = {
        "id": aggregate.id,
        "name": aggregate.name,
        "availability_zone": aggregate.availability_zone,
        "meta": dict(aggregate.metadata),
        "created_at": aggregate.created_at,
        "updated_at": aggregate.updated_at,
    }
    return _insert_if_absent(tx, row)


def everything(tx: Tx) -> list[Aggregate]:
    """Return all aggregates, sorted by name."""
    hosts: dict[str, list[str]] = {}
    for row in tx.execute(select(_HOSTS).order_by(_H.host)):
        hosts.setdefault(row.aggregate_id, []).append(row.host)
    rows = tx.execute(select(_AGGREGATES).order_by(_A.name))
    return [_aggregate_of(row, hosts.get(row.id, [])) for row in rows]


def get(tx: Tx, aggregate_id: str) -> Aggregate | None:
    """Return one aggregate."""
    row = tx.execute(select(_AGGREGATES).where(_A.id == aggregate_id)).one_or_none()
    if row is None:
        return None
    query = select(_H.host).where(_H.aggregate_id == aggregate_id).order_by(_H.host)
    return _aggregate_of(row, tx.execute(query).scalars())


def change(
    tx: Tx,
    aggregate_id: str,
    *,
    name: str,
    availability_zone: str | None,
    metadata: Mapping[str, str],
    now: datetime,
) -> None:
    """Have an aggregate say something else.  The name is free: that was looked at before."""
    values = {"name": name, "availability_zone": availability_zone, "meta": dict(metadata)}
    statement = update(_AGGREGATES).where(_A.id == aggregate_id)
    tx.execute(statement.values(**values, updated_at=now))


def remove(tx: Tx, aggregate_id: str) -> None:
    """Forget an aggregate."""
    tx.execute(delete(_AGGREGATES).where(_A.id == aggregate_id))


def add_host(tx: Tx, aggregate_id: str, host: str) -> bool:
    """Put a host into an aggregate; False when it is there already."""
    return _add_if_absent(tx, {"aggregate_id": aggregate_id, "host": host})


def remove_host(tx: Tx, aggregate_id: str, host: str) -> bool:
    """Take a host out of an aggregate; False when it is not in it."""
    statement = delete(_HOSTS).where(_H.aggregate_id == aggregate_id, _H.host == host)
    return tx.execute(statement).rowcount == 1


def zones_of(tx: Tx, hosts: Sequence[str]) -> dict[str, str]:
    """Return the zone that each host's aggregates give it; hosts without one are absent."""
    query = _OF_HOSTS.where(_H.host.in_(hosts), _A.availability_zone.is_not(None))
    return {row.host: row.availability_zone for row in tx.execute(query)}


def metadata_by_host(tx: Tx) -> dict[str, Mapping[str, frozenset[str]]]:
    """Return what the aggregates of each host say: of each key every value.

    Hosts in the same aggregates share one mapping: ten thousand hosts, a few mappings.
    """
    metadata = {row.id: row.meta for row in tx.execute(select(_A.id, _A.meta))}
    if not metadata:
        return {}
    members: dict[str, list[str]] = {}
    for row in tx.execute(select(_HOSTS).order_by(_H.aggregate_id)):
        members.setdefault(row.host, []).append(row.aggregate_id)
    shared: dict[tuple[str, ...], Mapping[str, frozenset[str]]] = {}
    found = {}
    for host, ids in members.items():
        key = tuple(ids)
        if key not in shared:
            shared[key] = _merged(metadata[one] for one in ids)
        found[host] = shared[key]
    return found


def _merged(several: Iterable[Mapping[str, str]]) -> Mapping[str, frozenset[str]]:
    merged: dict[str, set[str]] = {}
    for metadata in several:
        for key, value in metadata.items():
            merged.setdefault(key, set()).add(value)
    return {key: frozenset(values) for key, values in merged.items()}


def _aggregate_of(row: Row[Any], hosts: Iterable[str]) -> Aggregate:
    return Aggregate(
        id=row.id,
        name=row.name,
        availability_zone=row.availability_zone,
        hosts=tuple(hosts),
        metadata=row.meta,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
