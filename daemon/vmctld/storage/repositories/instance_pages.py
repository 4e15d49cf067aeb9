"""Lists of instances: filtered, newest first, in pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, not_, or_, select

from vmctld.domain.instance import Instance, TaskState, VmState
from vmctld.domain.machine import PowerState
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.json_items import has_match, has_text
from vmctld.storage.repositories.instance_rows import instance_of
from vmctld.storage.tables.compute import InstanceRow

TABLE = core(InstanceRow)
_C = TABLE.c


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


def page(tx: Tx, wanted: InstanceFilter, marker: Instance | None, limit: int) -> list[Instance]:
    """Return up to ``limit`` instances after ``marker``, newest first."""
    query = (
        select(TABLE)
        .where(*_conditions(wanted))
        .order_by(_C.created_at.desc(), _C.id.desc())
        .limit(limit)
    )
    if marker is not None:
        query = query.where(
            or_(
                _C.created_at < marker.created_at,
                and_(_C.created_at == marker.created_at, _C.id < marker.id),
            )
        )
    return [instance_of(row) for row in tx.execute(query)]


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
