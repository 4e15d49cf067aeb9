"""I14: what projects use of their quotas is what their instances say."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sqlalchemy import select

from vmctld.domain.quota import Usage
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import World
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.repositories import quotas
from vmctld.storage.tables.compute import QuotaUsageRow

_USAGES = core(QuotaUsageRow)


def quota_usages(world: World) -> Iterator[Suspect]:
    """A project whose recorded use is not the sum of its instances: counted again."""
    counted: dict[str, Usage] = {}
    for instance in world.living.values():
        so_far = counted.get(instance.project_id, Usage())
        counted[instance.project_id] = Usage(
            so_far.instances + 1,
            so_far.cores + instance.vcpus,
            so_far.ram_mib + instance.ram_mib,
        )
    recorded = {
        row.project_id: Usage(row.instances, row.cores, row.ram_mib)
        for row in world.tx.execute(select(_USAGES))
    }
    for project_id in sorted({*counted, *recorded}):
        said, true = recorded.get(project_id, Usage()), counted.get(project_id, Usage())
        if said != true:
            yield Suspect(
                "quota",
                project_id,
                f"instances, cores, MiB recorded {_said(said)}, counted {_said(true)}",
                mend=partial(_recount, project_id),
            )


def _recount(project_id: str, tx: Tx) -> None:
    quotas.recount(tx, project_id)


def _said(usage: Usage) -> str:
    return f"{usage.instances}/{usage.cores}/{usage.ram_mib}"
