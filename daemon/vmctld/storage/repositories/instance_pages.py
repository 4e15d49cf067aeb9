"""Lists of instances: filtered, sorted, in pages, with no more of each than a list tells.

A page has a thousand of them: what is read and made for each counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, not_, null, or_, select

from vmctld.domain.instance import Address, Instance, TaskState, VmState, status_of
from vmctld.domain.instance_list import BriefInstance, SortKey
from vmctld.domain.machine import PowerState
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.json_items import has_match, has_text
from vmctld.storage.repositories.instance_order import behind, terms_of
from vmctld.storage.repositories.instance_rows import instance_of
from vmctld.storage.tables.compute import HostRow, InstanceRow

TABLE = core(InstanceRow)
_C = TABLE.c
_HOSTS = core(HostRow)
_ZONE_NAME = "availability_zone"
_ZONE = func.coalesce(_HOSTS.c.availability_zone, _C.availability_zone)  # it is where its host is
_UNTOLD = (
    *("user_data", "public_key", "nics", "excluded_hosts", "wishes", "task", "forced_host"),
    *("deadline_at", "lease_owner", "lease_until", "idempotency_key", "request_digest"),
    *("vcpus", "ram_mib", "disk_gib", "task_id"),
)
_TOLD = (
    *(null().label(c.name) if c.name in _UNTOLD else c for c in TABLE.c if c.name != _ZONE_NAME),
    _ZONE.label(_ZONE_NAME),
)
_BRIEFLY = (
    *(_C.id, _C.name, _C.project_id, _C.vm_state, _C.task_state, _C.aside.is_not(None)),
    *(_C.power_state, _C.addresses, _C.updated_at),
)


@dataclass(frozen=True, slots=True)
class InstanceFilter:
    """Which instances a list shall have.  None and nothing mean: do not ask."""

    project_id: str | None = None
    user_id: str | None = None
    statuses: tuple[VmState, ...] | None = None
    task_state: TaskState | None = None
    power_state: PowerState | None = None
    name: str | None = None
    name_pattern: str | None = None
    host: str | None = None
    reservation_id: str | None = None
    deleted: bool = False
    flavor: str | None = None  # name or id
    image: str | None = None  # id, or the name it had
    ip_pattern: str | None = None
    ip6_pattern: str | None = None
    availability_zone: str | None = None
    key_name: str | None = None
    config_drive: bool | None = None
    changed_since: datetime | None = None
    changed_before: datetime | None = None
    tags: tuple[str, ...] = ()
    tags_any: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    not_tags_any: tuple[str, ...] = ()
    locked: bool | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a list: up to ``limit`` after the instance ``marker``, in this order."""

    limit: int
    marker: str | None = None
    order: Sequence[SortKey] = ()  # none: newest first


def page(tx: Tx, wanted: InstanceFilter, part: Part) -> list[Instance]:
    """Return a part of the list, each with the zone that it is in.

    What only its build needs is left out: user data, key, cards, hints, task.
    """
    query = select(*_TOLD).outerjoin_from(TABLE, _HOSTS, _HOSTS.c.name == _C.host)
    return [instance_of(row) for row in tx.execute(_cut(tx, query, wanted, part))]


def brief_page(tx: Tx, wanted: InstanceFilter, part: Part) -> list[BriefInstance]:
    """Return a part of the list, as a table shows it."""
    return [_brief(row) for row in tx.execute(_cut(tx, select(*_BRIEFLY), wanted, part))]


def _cut(tx: Tx, query: Select[Any], wanted: InstanceFilter, part: Part) -> Select[Any]:
    terms = terms_of(part.order)
    query = query.where(*_conditions(wanted)).limit(part.limit)
    query = query.order_by(*(term.desc() if down else term.asc() for term, down in terms))
    return query if part.marker is None else query.where(behind(tx, terms, part.marker))


def _brief(row: Sequence[Any]) -> BriefInstance:
    id_, name, project_id, vm_state, task_state, is_aside, power_state, addresses, updated_at = row
    task = TaskState(task_state) if task_state else None
    return BriefInstance(
        id=id_,
        name=name,
        project_id=project_id,
        status=status_of(VmState(vm_state), task, is_aside=is_aside),
        task_state=task,
        power_state=PowerState(power_state),
        addresses=tuple(Address(**address) for address in addresses),
        updated_at=updated_at,
    )


def _conditions(wanted: InstanceFilter) -> Iterator[ColumnElement[bool]]:
    yield from _states(wanted)
    for column, value in (
        (_C.project_id, wanted.project_id),
        (_C.user_id, wanted.user_id),
        (_C.host, wanted.host),
        (_C.reservation_id, wanted.reservation_id),
        (_C.availability_zone, wanted.availability_zone),
        (_C.key_name, wanted.key_name),
        (_C.config_drive, wanted.config_drive),
    ):
        if value is not None:
            yield column == value
    if wanted.locked is not None:
        yield _C.locked_by.is_not(None) if wanted.locked else _C.locked_by.is_(None)
    yield from _texts(wanted)
    yield from _tags(wanted)
    if wanted.changed_since is not None:
        yield _C.updated_at >= wanted.changed_since
    if wanted.changed_before is not None:
        yield _C.updated_at <= wanted.changed_before


def _states(wanted: InstanceFilter) -> Iterator[ColumnElement[bool]]:
    asks_for_changes = wanted.changed_since or wanted.changed_before  # an end is one, too
    if wanted.statuses is not None:
        yield _C.vm_state.in_([state.value for state in wanted.statuses])
    elif not (wanted.deleted or asks_for_changes):
        gone = [VmState.DELETED.value, VmState.SOFT_DELETED.value]
        yield _C.vm_state.not_in(gone)
    if wanted.task_state is not None:
        yield _C.task_state == wanted.task_state.value
    if wanted.power_state is not None:
        yield _C.power_state == wanted.power_state.value


def _texts(wanted: InstanceFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.name is not None:
        yield _C.name.contains(wanted.name, autoescape=True)
    if wanted.name_pattern is not None:
        yield _C.name.regexp_match(wanted.name_pattern)
    if wanted.flavor is not None:
        known = (_C.flavor[key].as_string() for key in ("id", "name"))
        yield or_(*(one == wanted.flavor for one in known))
    if wanted.image is not None:
        yield or_(_C.image_id == wanted.image, _C.image_name == wanted.image)
    for mark, pattern in ((".", wanted.ip_pattern), (":", wanted.ip6_pattern)):
        if pattern is not None:
            yield has_match(_C.addresses, "address", pattern, containing=mark)


def _tags(wanted: InstanceFilter) -> Iterator[ColumnElement[bool]]:
    for tag in wanted.tags:
        yield has_text(_C.tags, tag)
    if wanted.tags_any:
        yield has_text(_C.tags, *wanted.tags_any)
    if wanted.not_tags:
        yield not_(and_(*(has_text(_C.tags, tag) for tag in wanted.not_tags)))
    if wanted.not_tags_any:
        yield not_(has_text(_C.tags, *wanted.not_tags_any))
