"""Types of volumes in the database.  The default one is always there and has no row."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from vmctld.domain.volume import VolumeType
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.tables.volume import VolumeRow, VolumeTypeRow

_TABLE = core(VolumeTypeRow)
_VOLUMES = core(VolumeRow)


def insert_type(tx: Tx, volume_type: VolumeType) -> None:
    """Keep a new type; raises AlreadyExists for a name that is taken."""
    row = {
        "id": volume_type.id,
        "name": volume_type.name,
        "description": volume_type.description,
        "created_at": volume_type.created_at,
    }
    tx.execute(insert(_TABLE), row)


def all_types(tx: Tx) -> Sequence[VolumeType]:
    """Return all types that were made, sorted by name."""
    return [
        VolumeType(row.id, row.name, row.description, row.created_at)
        for row in tx.execute(select(_TABLE).order_by(_TABLE.c.name))
    ]


def delete_type(tx: Tx, type_id: str) -> None:
    """Forget a type; absent is fine."""
    tx.execute(delete(_TABLE).where(_TABLE.c.id == type_id))


def volumes_of_type(tx: Tx, name: str) -> Sequence[str]:
    """Return the ids of volumes of a type, some of them if there are many."""
    ids = select(_VOLUMES.c.id).where(_VOLUMES.c.volume_type == name).order_by(_VOLUMES.c.id)
    return list(tx.execute(ids.limit(10)).scalars())
