"""Flavors in the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, delete, select, update

from vmctld.domain.flavor import Flavor
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.statements import InsertIfAbsent
from vmctld.storage.tables.compute import FlavorRow

_FLAVORS = core(FlavorRow)

_insert_if_absent = InsertIfAbsent(_FLAVORS)


def insert_flavor(tx: Tx, flavor: Flavor) -> bool:
    """Keep a new flavor; False when its id or its name is taken."""
    row = {
        "id": flavor.id,
        "name": flavor.name,
        "vcpus": flavor.vcpus,
        "ram_mib": flavor.ram_mib,
        "disk_gib": flavor.disk_gib,
        "ephemeral_gib": flavor.ephemeral_gib,
        "swap_mib": flavor.swap_mib,
        "is_public": flavor.is_public,
        "description": flavor.description,
        "extra_specs": dict(flavor.extra_specs),
    }
    return _insert_if_absent(tx, row)


def all_flavors(tx: Tx) -> tuple[Flavor, ...]:
    """Return every flavor, sorted by id."""
    return tuple(_flavor(row) for row in tx.execute(select(_FLAVORS).order_by(_FLAVORS.c.id)))


def hold_flavor(tx: Tx, flavor_id: str) -> Flavor | None:
    """Return a flavor, which nobody else changes before this transaction ends."""
    query = select(_FLAVORS).where(_FLAVORS.c.id == flavor_id).with_for_update()
    row = tx.execute(query).one_or_none()
    return None if row is None else _flavor(row)


def write_texts(tx: Tx, flavor: Flavor) -> None:
    """Keep description and extra specs as ``flavor`` has them."""
    values = {"description": flavor.description, "extra_specs": dict(flavor.extra_specs)}
    tx.execute(update(_FLAVORS).where(_FLAVORS.c.id == flavor.id).values(values))


def delete_flavor(tx: Tx, flavor_id: str) -> bool:
    """Delete a flavor; False when there is none of that id."""
    return tx.execute(delete(_FLAVORS).where(_FLAVORS.c.id == flavor_id)).rowcount == 1


def _flavor(row: Row[Any]) -> Flavor:
    return Flavor(
        id=row.id,
        name=row.name,
        vcpus=row.vcpus,
        ram_mib=row.ram_mib,
        disk_gib=row.disk_gib,
        ephemeral_gib=row.ephemeral_gib,
        swap_mib=row.swap_mib,
        is_public=row.is_public,
        description=row.description,
        extra_specs=row.extra_specs,
    )
