"""Servers join their group when they are accepted, within the quota of members."""

from __future__ import annotations

from collections.abc import Sequence

from vmctld.compute.api.ports import Limits
from vmctld.domain.instance import Instance
from vmctld.domain.names import not_found
from vmctld.errors import QuotaExceeded
from vmctld.storage.database import Tx
from vmctld.storage.repositories import server_groups


def join_group(tx: Tx, limits: Limits, group_id: str, drafts: Sequence[Instance]) -> None:
    """Put new instances into a group, in the transaction that makes them.

    The group is locked: of two requests for its last place one gets it.
    Raises NotFound (the group went meanwhile), QuotaExceeded.
    """
    check_room(tx, limits, drafts[0].project_id, group_id, len(drafts), lock=True)
    server_groups.add_members(tx, group_id, [draft.id for draft in drafts])


def check_room(
    tx: Tx, limits: Limits, project_id: str, group_id: str, count: int, *, lock: bool = False
) -> None:
    """Raise QuotaExceeded when a group has no room for ``count`` more; NotFound without it."""
    group = server_groups.get(tx, group_id, lock=lock)
    if group is None:
        raise not_found(group_id, "server group")
    limit = limits.limits_of(tx, project_id)["server_group_members"]
    used = len(group.members)
    if 0 <= limit < used + count:
        raise QuotaExceeded(
            "Quota exceeded, too many servers in group",  # nova's words
            hint="delete servers of the group that are not needed, or ask an admin for more",
            facts={"server_group_members": {"requested": count, "used": used, "limit": limit}},
        )
