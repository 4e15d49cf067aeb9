"""How many volumes, snapshots and gigabytes a project may have."""

from __future__ import annotations

from vmctld.errors import QuotaExceeded
from vmctld.storage.database import Tx
from vmctld.storage.locks import one_at_a_time
from vmctld.storage.repositories.volume_usage import usage_of
from vmctld.volume.ports import Limits


def check_quota(tx: Tx, limits: Limits, project_id: str, **wanted: int) -> None:
    """Raise QuotaExceeded unless there is room for what is wanted, by resource.

    What a project uses is counted in the transaction that adds to it, one such at a time:
    nothing can go out of step.
    """
    one_at_a_time(tx, f"volumes of {project_id}")
    allowed, used = limits.limits_of(tx, project_id), usage_of(tx, project_id)
    for resource, more in wanted.items():
        limit, had = allowed.get(resource, -1), used[resource]
        if 0 <= limit < had + more:
            raise QuotaExceeded(
                f"Quota exceeded for {resource}: Requested {more}, "
                f"but already used {had} of {limit} {resource}",
                hint="delete volumes or snapshots that are not needed, or ask an admin for more",
                facts={resource: {"requested": more, "used": had, "limit": limit}},
            )
