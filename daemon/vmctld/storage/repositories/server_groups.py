"""Server groups, their members, and on which hosts those are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, select

from vmctld.domain.instance import VmState
from vmctld.domain.server_group import GroupOnHosts, Policy, ServerGroup
from vmctld.storage.columns import core, plain
from vmctld.storage.database import Tx
from vmctld.storage.tables.compute import AllocationRow, InstanceRow
from vmctld.storage.tables.placement import ServerGroupMemberRow, ServerGroupRow

_GROUPS = core(ServerGroupRow)
_MEMBERS = core(ServerGroupMemberRow)
_INSTANCES = core(InstanceRow)
_ALLOCATIONS = core(AllocationRow)
_BY_ID = select(_GROUPS).where(_GROUPS.c.id == bindparam("group"))
_LOCKED = _BY_ID.with_for_update()
# By the members' own claims: a join would have SQLite go through the claims of everybody
_ON_HOSTS = select(_ALLOCATIONS.c.host).where(
    _ALLOCATIONS.c.instance_id.in_(
        select(_MEMBERS.c.instance_id).where(_MEMBERS.c.group_id == bindparam("group"))
    )
)
_LIVING = (
    select(_MEMBERS.c.group_id, _MEMBERS.c.instance_id)
    .join(_INSTANCES, _INSTANCES.c.id == _MEMBERS.c.instance_id)
    .where(_INSTANCES.c.vm_state != VmState.DELETED.value)
    .order_by(_INSTANCES.c.created_at, _INSTANCES.c.id)
)


def insert(tx: Tx, group: ServerGroup) -> None:
    """Keep a new group."""
    row = {name: value for name, value in plain(group).items() if name != "members"}
    tx.execute(_GROUPS.insert(), row | {"policy": group.policy.value})


def get(tx: Tx, group_id: str, *, lock: bool = False) -> ServerGroup | None:
    """Return a group; ``lock`` keeps others from adding to it until the transaction ends."""
    row = tx.execute(_LOCKED if lock else _BY_ID, {"group": group_id}).one_or_none()
    if row is None:
        return None
    return _group_of(row, [member for _, member in _living(tx, [group_id])])


def of_project(tx: Tx, project_id: str | None) -> list[ServerGroup]:
    """Return the groups of one project, or of all, oldest first."""
    query = select(_GROUPS).order_by(_GROUPS.c.created_at, _GROUPS.c.id)
    if project_id is not None:
        query = query.where(_GROUPS.c.project_id == project_id)
    rows = tx.execute(query).all()
    members: dict[str, list[str]] = {}
    for group_id, member in _living(tx, [row.id for row in rows]):
        members.setdefault(group_id, []).append(member)
    return [_group_of(row, members.get(row.id, [])) for row in rows]


def count(tx: Tx, project_id: str) -> int:
    """Return how many groups a project has."""
    query = select(func.count()).select_from(_GROUPS).where(_GROUPS.c.project_id == project_id)
    return int(tx.execute(query).scalar_one())


def remove(tx: Tx, group_id: str) -> bool:
    """Forget a group; its members live on.  False when there is none."""
    return tx.execute(delete(_GROUPS).where(_GROUPS.c.id == group_id)).rowcount == 1


def add_members(tx: Tx, group_id: str, instance_ids: Iterable[str]) -> None:
    """Put instances into a group."""
    rows = [{"instance_id": member, "group_id": group_id} for member in instance_ids]
    tx.execute(_MEMBERS.insert(), rows)


def group_of(tx: Tx, instance_id: str) -> str | None:
    """Return the id of the group that an instance is in."""
    query = select(_MEMBERS.c.group_id).where(_MEMBERS.c.instance_id == instance_id)
    return tx.execute(query).scalar_one_or_none()


def on_hosts(tx: Tx, group_id: str, *, lock: bool = False) -> GroupOnHosts | None:
    """Return how many members claim room on which host; None when the group is gone.

    ``lock``: and nobody else finds a member a host until the transaction ends.
    """
    row = tx.execute(_LOCKED if lock else _BY_ID, {"group": group_id}).one_or_none()
    if row is None:
        return None
    members = Counter(tx.execute(_ON_HOSTS, {"group": group_id}).scalars())
    return GroupOnHosts(row.name, Policy(row.policy), row.max_server_per_host, members)


def _living(tx: Tx, group_ids: list[str]) -> list[tuple[str, str]]:
    found = tx.execute(_LIVING.where(_MEMBERS.c.group_id.in_(group_ids)))
    return [(row.group_id, row.instance_id) for row in found]


def _group_of(row: Row[Any], members: Iterable[str]) -> ServerGroup:
    return ServerGroup(
        id=row.id,
        name=row.name,
        project_id=row.project_id,
        user_id=row.user_id,
        policy=Policy(row.policy),
        max_server_per_host=row.max_server_per_host,
        members=tuple(members),
        created_at=row.created_at,
    )
