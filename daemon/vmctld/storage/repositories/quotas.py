"""What projects may have and what they have, in the database."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Integer, bindparam, delete, func, or_, select, update

from vmctld.domain.instance import VmState
from vmctld.domain.quota import Usage
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.prepared import Prepared
from vmctld.storage.statements import InsertIfAbsent, InsertOrReplace
from vmctld.storage.tables.compute import InstanceRow, QuotaRow, QuotaUsageRow
from vmctld.storage.tables.placement import QuotaClassRow

_LIMITS = core(QuotaRow)
_USAGES = core(QuotaUsageRow)
_INSTANCES = core(InstanceRow)
_COUNTED = ("instances", "cores", "ram_mib")

_CLASSES = core(QuotaClassRow)
_OF_CLASS = select(_CLASSES).where(_CLASSES.c.name == bindparam("class"))
_keep_class_limit = InsertOrReplace(_CLASSES, ["name", "resource"])
_insert_limit_if_absent = InsertIfAbsent(_LIMITS)
_insert_usage_if_absent = InsertIfAbsent(_USAGES)


def _more(resource: str) -> ColumnElement[int]:
    return _USAGES.c[resource] + bindparam(f"{resource}_more", type_=Integer)


def _has_room(resource: str) -> ColumnElement[bool]:
    limit = bindparam(f"{resource}_limit", type_=Integer)
    return or_(limit < 0, _more(resource) <= limit)


_ADD = (
    update(_USAGES)
    .where(_USAGES.c.project_id == bindparam("project"))
    .values({resource: _more(resource) for resource in _COUNTED})
)
_CLAIM = Prepared(_ADD.where(*(_has_room(resource) for resource in _COUNTED)))
_USAGE = select(_USAGES).where(_USAGES.c.project_id == bindparam("project"))


def limits_of(tx: Tx, project_id: str) -> dict[str, int]:
    """Return the limits that were set for a project, by resource; others have the default."""
    query = select(_LIMITS.c.resource, _LIMITS.c.limit_value)
    rows = tx.execute(query.where(_LIMITS.c.project_id == project_id))
    return {row.resource: row.limit_value for row in rows}


def set_limits(tx: Tx, project_id: str, limits: Mapping[str, int]) -> None:
    """Set some of a project's limits."""
    for resource, limit in limits.items():
        key = {"project_id": project_id, "resource": resource}
        if not _insert_limit_if_absent(tx, {**key, "limit_value": limit}):
            row = (_LIMITS.c.project_id == project_id) & (_LIMITS.c.resource == resource)
            tx.execute(update(_LIMITS).where(row).values(limit_value=limit))


def remove_limits(tx: Tx, project_id: str) -> None:
    """Take a project's own limits away."""
    tx.execute(delete(_LIMITS).where(_LIMITS.c.project_id == project_id))


def class_limits(tx: Tx, name: str) -> dict[str, int]:
    """Return the limits that an operator set for a class, by resource."""
    return {row.resource: row.limit_value for row in tx.execute(_OF_CLASS, {"class": name})}


def set_class_limits(tx: Tx, name: str, limits: Mapping[str, int]) -> None:
    """Set some limits of a class."""
    for resource, limit in limits.items():
        _keep_class_limit(tx, {"name": name, "resource": resource, "limit_value": limit})


def usage_of(tx: Tx, project_id: str) -> Usage:
    """Return what a project's living instances use."""
    row = tx.execute(_USAGE, {"project": project_id}).first()
    return Usage(row.instances, row.cores, row.ram_mib) if row else Usage()


def lock(tx: Tx, project_id: str) -> None:
    """Let nobody else take of the project's quota until the transaction ends."""
    _insert_usage_if_absent(tx, _usage_row(project_id, Usage()))
    tx.execute(_USAGE.with_for_update(), {"project": project_id}).one()


def claim(tx: Tx, project_id: str, wanted: Usage, limits: Mapping[str, int]) -> bool:
    """Let a project use more, if all of it stays within ``limits`` (negative: none)."""
    values = _amounts(project_id, wanted)
    values |= {f"{resource}_limit": limits[resource] for resource in _COUNTED}
    if _CLAIM.changed(tx, values) == 1:
        return True
    _insert_usage_if_absent(tx, _usage_row(project_id, Usage()))  # by us, or others just now
    return _CLAIM.changed(tx, values) == 1


def release(tx: Tx, project_id: str, given_back: Usage) -> None:
    """Let a project use less."""
    less = Usage(-given_back.instances, -given_back.cores, -given_back.ram_mib)
    tx.execute(_ADD, _amounts(project_id, less))


def recount(tx: Tx, project_id: str) -> Usage:
    """Set a project's use to what its living instances say, and return that."""
    _insert_usage_if_absent(tx, _usage_row(project_id, Usage()))
    tx.execute(_USAGE.with_for_update(), {"project": project_id})  # claims wait from here on
    query = select(
        func.count(), func.sum(_INSTANCES.c.vcpus), func.sum(_INSTANCES.c.ram_mib)
    ).where(_INSTANCES.c.project_id == project_id, _INSTANCES.c.vm_state != VmState.DELETED.value)
    instances, cores, ram_mib = tx.execute(query).one()
    counted = Usage(instances, int(cores or 0), int(ram_mib or 0))
    row = _usage_row(project_id, counted)
    tx.execute(update(_USAGES).where(_USAGES.c.project_id == project_id).values(row))
    return counted


def _amounts(project_id: str, more: Usage) -> dict[str, str | int]:
    return {
        "project": project_id,
        "instances_more": more.instances,
        "cores_more": more.cores,
        "ram_mib_more": more.ram_mib,
    }


def _usage_row(project_id: str, usage: Usage) -> dict[str, str | int]:
    return {
        "project_id": project_id,
        "instances": usage.instances,
        "cores": usage.cores,
        "ram_mib": usage.ram_mib,
    }
