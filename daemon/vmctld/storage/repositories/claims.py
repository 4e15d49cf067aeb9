"""What an instance claims, changed while it lives: of its host and of its project's quota at once.

The instance's own row, its allocation, its host's free room and its project's use always say
the same, because they change in one transaction.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from vmctld.domain.instance import Instance, Resources
from vmctld.domain.quota import Usage
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.repositories import quotas
from vmctld.storage.tables.compute import AllocationRow, HostRow, InstanceRow

_INSTANCES = core(InstanceRow)
_HOSTS = core(HostRow)
_ALLOCATIONS = core(AllocationRow)
_I, _H, _A = _INSTANCES.c, _HOSTS.c, _ALLOCATIONS.c


def claimed(tx: Tx, instance_id: str) -> Resources:
    """Return what the instance claims now; more than its flavor while a resize is on trial."""
    query = select(_I.vcpus, _I.ram_mib, _I.disk_gib).where(_I.id == instance_id)
    return Resources(*tx.execute(query).one())


def grow(tx: Tx, instance: Instance, wanted: Resources, now: datetime) -> bool:
    """Claim ``wanted`` instead of what is claimed now; False when the host has no room for it.

    The project's quota is claimed by the caller, who knows its limits.
    """
    before = claimed(tx, instance.id)
    more = _difference(wanted, before)
    statement = (
        update(_HOSTS)
        .where(
            _H.name == instance.host,
            _H.free_vcpus >= more.vcpus,
            _H.free_ram_mib >= more.ram_mib,
            _H.free_disk_gib >= more.disk_gib,
        )
        .values(**_less(more))
    )
    if tx.execute(statement).rowcount != 1:
        return False
    _note(tx, instance.id, wanted, now)
    return True


def settle(tx: Tx, instance: Instance, wanted: Resources, now: datetime) -> None:
    """Claim ``wanted``, which is no more than is claimed now, and give the rest back."""
    rest = _difference(claimed(tx, instance.id), wanted)
    if rest == Resources(0, 0, 0):
        return
    quotas.release(tx, instance.project_id, Usage(0, rest.vcpus, rest.ram_mib))
    freed = _less(Resources(-rest.vcpus, -rest.ram_mib, -rest.disk_gib))
    tx.execute(update(_HOSTS).where(_H.name == instance.host).values(**freed))
    _note(tx, instance.id, wanted, now)


def _difference(more: Resources, less: Resources) -> Resources:
    return Resources(
        more.vcpus - less.vcpus, more.ram_mib - less.ram_mib, more.disk_gib - less.disk_gib
    )


def _less(taken: Resources) -> dict[str, object]:
    return {
        "free_vcpus": _H.free_vcpus - taken.vcpus,
        "free_ram_mib": _H.free_ram_mib - taken.ram_mib,
        "free_disk_gib": _H.free_disk_gib - taken.disk_gib,
        "generation": _H.generation + 1,
    }


def _note(tx: Tx, instance_id: str, wanted: Resources, now: datetime) -> None:
    values = {"vcpus": wanted.vcpus, "ram_mib": wanted.ram_mib, "disk_gib": wanted.disk_gib}
    tx.execute(update(_ALLOCATIONS).where(_A.instance_id == instance_id).values(**values))
    tx.execute(update(_INSTANCES).where(_I.id == instance_id).values(**values, updated_at=now))
