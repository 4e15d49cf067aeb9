"""What operators and experience say of hosts: on or off, dead or alive, how far overcommitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, select, update

from vmctld.domain.aggregate import DEFAULT_ZONE
from vmctld.domain.hypervisor import Ratios
from vmctld.storage.database import Tx
from vmctld.storage.prepared import Prepared
from vmctld.storage.repositories import aggregates
from vmctld.storage.repositories.hosts import ALLOCATIONS, CPU_RATIO, DISK_RATIO, RAM_RATIO, TABLE

_C = TABLE.c
_A = ALLOCATIONS.c
RATIO_KEYS = ("cpu_allocation_ratio", "ram_allocation_ratio", "disk_allocation_ratio")
"""What an aggregate's metadata call them; nova's names."""
DEFAULT_RATIOS = (CPU_RATIO, RAM_RATIO, DISK_RATIO)

_DISABLE = (
    update(TABLE)
    .where(_C.name == bindparam("host"))
    .values(
        enabled=bindparam("is_enabled"),
        disabled_reason=bindparam("reason"),
        generation=_C.generation + 1,
    )
)
_FORCE = (
    update(TABLE)
    .where(_C.name == bindparam("host"))
    .values(forced_down=bindparam("is_down"), generation=_C.generation + 1)
)
_FAILED = (
    update(TABLE)
    .where(_C.name == bindparam("host"))
    .values(build_failures=_C.build_failures + 1, generation=_C.generation + 1)
)
_SUCCEEDED = Prepared(
    update(TABLE)
    .where(_C.name == bindparam("host"), _C.build_failures > 0)
    .values(build_failures=0, generation=_C.generation + 1)
)


def set_enabled(tx: Tx, host: str, enabled: bool, reason: str | None = None) -> None:
    """Let the scheduler use a host, or not, for a reason."""
    tx.execute(_DISABLE, {"host": host, "is_enabled": enabled, "reason": reason})


def set_forced_down(tx: Tx, host: str, forced_down: bool) -> None:
    """Take a host for dead, whatever it says, or believe it again."""
    tx.execute(_FORCE, {"host": host, "is_down": forced_down})


def build_failed(tx: Tx, host: str) -> None:
    """Count a build that failed there."""
    tx.execute(_FAILED, {"host": host})


def build_succeeded(tx: Tx, host: str) -> bool:
    """Forget failures, for a build succeeded there; False when there were none."""
    return _SUCCEEDED.changed(tx, {"host": host}) == 1


def claims_on(tx: Tx, host: str) -> int:
    """Return how many instances claim room on a host."""
    query = select(func.count()).select_from(ALLOCATIONS).where(_A.host == host)
    return int(tx.execute(query).scalar_one())


def zone_of(tx: Tx, host: str) -> str:
    """Return the zone that a host is in."""
    return str(tx.execute(select(_C.availability_zone).where(_C.name == host)).scalar_one())


def zone_if_known(tx: Tx, host: str) -> str | None:
    """Return the zone that a host is in; None when it has been forgotten."""
    query = select(_C.availability_zone).where(_C.name == host)
    zone: str | None = tx.execute(query).scalar_one_or_none()
    return zone


def remove(tx: Tx, host: str) -> bool:
    """Forget a host; False when there is none.  One that lives comes back with its next report."""
    return tx.execute(delete(TABLE).where(_C.name == host)).rowcount == 1


def set_own_ratios(tx: Tx, host: str, ratios: Ratios) -> None:
    """Have a host's own ratios beat those of its aggregates; None: no more."""
    values = {
        "own_cpu_ratio": ratios.cpu,
        "own_ram_ratio": ratios.ram,
        "own_disk_ratio": ratios.disk,
    }
    tx.execute(update(TABLE).where(_C.name == host).values(values))
    apply_rules(tx, [host])


def own_ratios(tx: Tx, host: str) -> Ratios:
    """Return a host's own ratios."""
    query = select(_C.own_cpu_ratio, _C.own_ram_ratio, _C.own_disk_ratio).where(_C.name == host)
    return Ratios(*tx.execute(query).one())


def ratios_in_force(tx: Tx, names: Sequence[str]) -> dict[str, Ratios]:
    """Return the ratios that hosts have by all the rules."""
    query = select(_C.name, _C.cpu_ratio, _C.ram_ratio, _C.disk_ratio).where(_C.name.in_(names))
    return {
        row.name: Ratios(row.cpu_ratio, row.ram_ratio, row.disk_ratio) for row in tx.execute(query)
    }


def lock(tx: Tx, names: Sequence[str]) -> list[str]:
    """Return which of these hosts there are; nobody changes them until the transaction ends."""
    return [row.name for row in tx.execute(_NAMED, {"names": list(names)})]


def apply_rules(tx: Tx, names: Sequence[str]) -> None:
    """Give hosts the zone and the ratios that they have by now, and count again what is free."""
    zones = aggregates.zones_of(tx, names)
    metadata = aggregates.metadata_by_host(tx)
    rows = tx.execute(_NAMED, {"names": list(names)}).all()  # locked: no claim gets in between
    used = {row.host: row for row in tx.execute(_USED, {"names": list(names)})}
    for row in rows:
        said = metadata.get(row.name, {})
        own = (row.own_cpu_ratio, row.own_ram_ratio, row.own_disk_ratio)
        cpu, ram, disk = (
            _ratio(mine, said.get(key), default)
            for mine, key, default in zip(own, RATIO_KEYS, DEFAULT_RATIOS, strict=True)
        )
        values = {
            "availability_zone": zones.get(row.name, DEFAULT_ZONE),
            "cpu_ratio": cpu,
            "ram_ratio": ram,
            "disk_ratio": disk,
            **_free(row, used.get(row.name), (cpu, ram, disk)),
            "generation": _C.generation + 1,
        }
        tx.execute(update(TABLE).where(_C.name == row.name).values(values))


_NAMED = (
    select(TABLE)
    .where(_C.name.in_(bindparam("names", expanding=True)))
    .order_by(_C.name)
    .with_for_update()
)
_USED = (
    select(
        _A.host,
        func.sum(_A.vcpus).label("vcpus"),
        func.sum(_A.ram_mib).label("ram_mib"),
        func.sum(_A.disk_gib).label("disk_gib"),
    )
    .where(_A.host.in_(bindparam("names", expanding=True)))
    .group_by(_A.host)
)


def _ratio(own: float | None, said: frozenset[str] | None, default: float) -> float:
    """Return the host's own ratio, else the least that an aggregate says, else the default."""
    if own is not None:
        return own
    return min(map(float, said)) if said else default


def _free(row: Row[Any], used: Any, ratios: tuple[float, float, float]) -> Mapping[str, int]:
    cpu, ram, disk = ratios
    return {
        "free_vcpus": int(row.vcpus * cpu) - int(used.vcpus if used else 0),
        "free_ram_mib": int(row.ram_mib * ram) - int(used.ram_mib if used else 0),
        "free_disk_gib": int(row.disk_gib * disk) - int(used.disk_gib if used else 0),
    }
