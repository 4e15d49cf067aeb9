"""How much of the volume service a project uses, counted where it is asked."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select

from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.tables.volume import VolumeRow, VolumeSnapshotRow

_VOLUMES = core(VolumeRow).c
_SNAPSHOTS = core(VolumeSnapshotRow).c


def usage_of(tx: Tx, project_id: str) -> Mapping[str, int]:
    """Return volumes, gigabytes (those of snapshots count, as cinder's do) and snapshots."""
    of_volumes = select(func.count(), func.coalesce(func.sum(_VOLUMES.size_gib), 0))
    of_snapshots = select(func.count(), func.coalesce(func.sum(_SNAPSHOTS.size_gib), 0))
    volumes = tx.execute(of_volumes.where(_VOLUMES.project_id == project_id)).one()
    snapshots = tx.execute(of_snapshots.where(_SNAPSHOTS.project_id == project_id)).one()
    return {
        "volumes": volumes[0],
        "gigabytes": int(volumes[1]) + int(snapshots[1]),
        "snapshots": snapshots[0],
    }
