"""I3: what instances claim of their hosts, and what hosts say is free."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlalchemy import Row, delete, func, select, update

from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import Living, World
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.tables.compute import AllocationRow, HostRow

_HOSTS = core(HostRow)
_ALLOCATIONS = core(AllocationRow)
_A = _ALLOCATIONS.c
_TOTALS = (
    select(
        _HOSTS,
        func.count(_A.instance_id).label("claims"),
        func.coalesce(func.sum(_A.vcpus), 0).label("used_vcpus"),
        func.coalesce(func.sum(_A.ram_mib), 0).label("used_ram_mib"),
        func.coalesce(func.sum(_A.disk_gib), 0).label("used_disk_gib"),
    )
    .select_from(_HOSTS.outerjoin(_ALLOCATIONS, _A.host == _HOSTS.c.name))
    .group_by(_HOSTS.c.name)
)


def stray_allocations(world: World) -> Iterator[Suspect]:
    """A claim of an instance that is on no host: given back."""
    for row in world.tx.execute(select(_ALLOCATIONS)):
        instance = world.living.get(row.instance_id)
        if instance is None or instance.host is None:
            owner = "no living instance" if instance is None else "an instance without a host"
            yield Suspect(
                "allocation",
                row.instance_id,
                f"{row.vcpus} vCPU, {row.ram_mib} MiB on {row.host} claimed by {owner}",
                mend=partial(_remove, row.instance_id, row.host),
                afterwards=world.installation.hosts_changed,
            )


def wrong_allocations(world: World) -> Iterator[Suspect]:
    """An instance on a host that has not claimed what it uses there: claimed now."""
    claims = {row.instance_id: row for row in world.tx.execute(select(_ALLOCATIONS))}
    for instance in world.living.values():
        row = claims.get(instance.id)
        if instance.host is not None and not _matches(instance, row):
            found = "nothing" if row is None else f"{row.vcpus} vCPU, {row.ram_mib} MiB, {row.host}"
            yield Suspect(
                "claim",
                instance.id,
                f"uses {instance.vcpus} vCPU, {instance.ram_mib} MiB, {instance.host}; "
                f"claims {found}",
                mend=partial(_claim_anew, world, instance, row.host if row else None),
                afterwards=world.installation.hosts_changed,
            )


def host_totals(world: World) -> Iterator[Suspect]:
    """A host whose free room is not its capacity minus the claims: counted again."""
    for row in world.tx.execute(_TOTALS):
        recorded = (row.free_vcpus, row.free_ram_mib, row.free_disk_gib, row.instances)
        counted = _counted(row)
        if recorded != counted:
            yield Suspect(
                "host",
                row.name,
                f"free vCPU, MiB, GiB and instances recorded {_said(recorded)}, "
                f"counted {_said(counted)}",
                mend=partial(_recount, row.name),
                afterwards=world.installation.hosts_changed,
            )


def overfull_hosts(world: World) -> Iterator[Suspect]:
    """A host that has promised more than it has: for the operator to decide what moves."""
    for row in world.tx.execute(_TOTALS):
        free = _counted(row)[:3]
        if min(free) < 0:
            yield Suspect("capacity", row.name, f"free vCPU, MiB, GiB {_said(free)}: overcommitted")


def _matches(instance: Living, row: Row[Any] | None) -> bool:
    return row is not None and (row.host, row.vcpus, row.ram_mib, row.disk_gib) == (
        instance.host,
        instance.vcpus,
        instance.ram_mib,
        instance.disk_gib,
    )


def _counted(row: Row[Any]) -> tuple[int, int, int, int]:
    return (
        int(row.vcpus * row.cpu_ratio) - int(row.used_vcpus),
        int(row.ram_mib * row.ram_ratio) - int(row.used_ram_mib),
        int(row.disk_gib * row.disk_ratio) - int(row.used_disk_gib),
        int(row.claims),
    )


def _said(numbers: tuple[int, ...]) -> str:
    return "/".join(map(str, numbers))


def _remove(instance_id: str, host: str, tx: Tx) -> None:
    tx.execute(delete(_ALLOCATIONS).where(_A.instance_id == instance_id))
    _recount(host, tx)


def _claim_anew(world: World, instance: Living, claimed_on: str | None, tx: Tx) -> None:
    tx.execute(delete(_ALLOCATIONS).where(_A.instance_id == instance.id))
    tx.execute(
        _ALLOCATIONS.insert(),
        {
            "instance_id": instance.id,
            "host": instance.host,
            "vcpus": instance.vcpus,
            "ram_mib": instance.ram_mib,
            "disk_gib": instance.disk_gib,
            "created_at": world.now,
        },
    )
    for host in {instance.host, claimed_on} - {None}:
        _recount(str(host), tx)


def _recount(host: str, tx: Tx) -> None:
    row = tx.execute(_TOTALS.where(_HOSTS.c.name == host)).one_or_none()
    if row is None:
        return
    vcpus, ram_mib, disk_gib, claims = _counted(row)
    tx.execute(
        update(_HOSTS)
        .where(_HOSTS.c.name == host)
        .values(
            free_vcpus=vcpus,
            free_ram_mib=ram_mib,
            free_disk_gib=disk_gib,
            instances=claims,
            generation=_HOSTS.c.generation + 1,
        )
    )
