"""What users write on an instance: read to be changed, and changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select, update

from vmctld.domain.instance import Instance
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.repositories.instance_rows import instance_of
from vmctld.storage.tables.compute import InstanceRow

_TABLE = core(InstanceRow)
_C = _TABLE.c
_HELD = select(_TABLE).where(_C.id == bindparam("instance")).with_for_update()


def hold(tx: Tx, instance_id: str) -> Instance:
    """Return the instance, which nobody else changes before this transaction ends."""
    return instance_of(tx.execute(_HELD, {"instance": instance_id}).one())


def write(tx: Tx, instance: Instance, now: datetime) -> None:
    """Keep name, description, host name, metadata and tags as ``instance`` has them."""
    tx.execute(
        update(_TABLE)
        .where(_C.id == instance.id)
        .values(
            name=instance.name,
            description=instance.description,
            hostname=instance.hostname,
            meta=dict(instance.metadata),
            tags=list(instance.tags),
            updated_at=now,
        )
    )
