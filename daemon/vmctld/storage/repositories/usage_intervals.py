"""The intervals in which instances had a size: begun, ended, changed, and summed up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, or_, select, update

from vmctld.domain.instance import Instance, Resources
from vmctld.domain.usage import Interval
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.prepared import Prepared
from vmctld.storage.statements import InsertIfAbsent
from vmctld.storage.tables.compute import InstanceRow
from vmctld.storage.tables.placement import UsageIntervalRow

_INTERVALS = core(UsageIntervalRow)
_INSTANCES = core(InstanceRow)
_C = _INTERVALS.c
_begin_if_absent = InsertIfAbsent(_INTERVALS)
_END = (
    update(_INTERVALS)
    .where(_C.instance_id == bindparam("instance"), _C.ended_at.is_(None))
    .values(ended_at=bindparam("now"))
)
_IS_OPEN = Prepared(
    select(_C.instance_id).where(_C.instance_id == bindparam("instance"), _C.ended_at.is_(None))
)


def begin(tx: Tx, instance: Instance, claims: Resources, now: datetime) -> None:
    """Note that an instance uses what it claims from now on; once is enough."""
    if _IS_OPEN.one(tx, {"instance": instance.id}) is not None:
        return
    row = {
        "instance_id": instance.id,
        "started_at": now,
        "project_id": instance.project_id,
        "flavor_name": instance.flavor.name,
        "vcpus": claims.vcpus,
        "ram_mib": claims.ram_mib,
        "disk_gib": claims.disk_gib,
        "ended_at": None,
    }
    _begin_if_absent(tx, row)


def end(tx: Tx, instance_id: str, now: datetime) -> None:
    """Note that an instance uses nothing any more."""
    tx.execute(_END, {"instance": instance_id, "now": now})


def change(tx: Tx, instance: Instance, claims: Resources, now: datetime) -> None:
    """Note that an instance has another size from now on."""
    end(tx, instance.id, now)
    begin(tx, instance, claims, now)


def between(
    tx: Tx, started_at: datetime, ended_at: datetime, project_id: str | None = None
) -> list[Interval]:
    """Return the intervals that touch a period, of one project or of all, by project and time."""
    query = (
        select(_INTERVALS, _INSTANCES.c.name)
        .outerjoin(_INSTANCES, _INSTANCES.c.id == _C.instance_id)
        .where(_C.started_at < ended_at, or_(_C.ended_at.is_(None), _C.ended_at > started_at))
        .order_by(_C.project_id, _C.started_at, _C.instance_id)
    )
    if project_id is not None:
        query = query.where(_C.project_id == project_id)
    return [
        Interval(
            instance_id=row.instance_id,
            instance_name=row.name or "",
            project_id=row.project_id,
            flavor_name=row.flavor_name,
            vcpus=row.vcpus,
            ram_mib=row.ram_mib,
            disk_gib=row.disk_gib,
            started_at=row.started_at,
            ended_at=row.ended_at,
        )
        for row in tx.execute(query)
    ]
