"""Snapshots of volumes in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update

from vmctld.domain.names import looks_like_id
from vmctld.domain.paging import Page
from vmctld.domain.volume import SnapshotStatus, VolumeSnapshot
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.paging import page_of
from vmctld.storage.tables.volume import VolumeSnapshotRow

_TABLE = core(VolumeSnapshotRow)
_C = _TABLE.c


def insert_snapshot(tx: Tx, snapshot: VolumeSnapshot) -> None:
    """Keep a new snapshot."""
    row = {
        "id": snapshot.id,
        "name": snapshot.name,
        "description": snapshot.description,
        "project_id": snapshot.project_id,
        "volume_id": snapshot.volume_id,
        "size_gib": snapshot.size_gib,
        "status": snapshot.status.value,
        "status_reason": snapshot.status_reason,
        "created_at": snapshot.created_at,
        "updated_at": snapshot.updated_at,
    }
    tx.execute(insert(_TABLE), row)


def get_snapshot(tx: Tx, snapshot_id: str) -> VolumeSnapshot | None:
    """Return one, or None."""
    row = tx.execute(select(_TABLE).where(_C.id == snapshot_id)).first()
    return _snapshot(row) if row else None


def snapshots_named(
    tx: Tx, reference: str, project_id: str, *, any_owner: bool
) -> Sequence[VolumeSnapshot]:
    """Return those that ``reference`` may mean: by name what the project has, or by id."""
    own = _C.project_id == project_id
    by_id = _C.id == looks_like_id(reference)
    by_name = (_C.name == reference.strip()) & own
    query = select(_TABLE).where(or_(by_name, by_id if any_owner else by_id & own))
    return [_snapshot(row) for row in tx.execute(query)]


def list_snapshots(
    tx: Tx, project_id: str | None, page: Page, *, volume_id: str | None = None
) -> Sequence[VolumeSnapshot]:
    """Return a page of a project's snapshots (None: all), sorted by name, then time."""
    query = select(_TABLE)
    if project_id is not None:
        query = query.where(_C.project_id == project_id)
    if volume_id is not None:
        query = query.where(_C.volume_id == volume_id)
    return [_snapshot(row) for row in page_of(tx, query, (_C.name, _C.created_at, _C.id), page)]


def snapshots_of(tx: Tx, volume_id: str) -> Sequence[VolumeSnapshot]:
    """Return all snapshots of a volume, the oldest first."""
    query = select(_TABLE).where(_C.volume_id == volume_id).order_by(_C.created_at, _C.id)
    return [_snapshot(row) for row in tx.execute(query)]


def snapshots_in(tx: Tx, status: SnapshotStatus) -> Sequence[VolumeSnapshot]:
    """Return all snapshots that are in a state, the oldest first."""
    query = select(_TABLE).where(_C.status == status.value).order_by(_C.created_at)
    return [_snapshot(row) for row in tx.execute(query)]


def move_snapshot(
    tx: Tx,
    snapshot_id: str,
    sources: Sequence[SnapshotStatus],
    to: SnapshotStatus,
    now: datetime,
    reason: str | None = None,
) -> bool:
    """Bring a snapshot from one of some states to another; False when it is in none of them."""
    where = (_C.id == snapshot_id) & _C.status.in_([source.value for source in sources])
    values = {"status": to.value, "status_reason": reason, "updated_at": now}
    return tx.execute(update(_TABLE).where(where).values(values)).rowcount == 1


def delete_snapshot(tx: Tx, snapshot_id: str) -> None:
    """Forget a snapshot; absent is fine."""
    tx.execute(delete(_TABLE).where(_C.id == snapshot_id))


def _snapshot(row: Row[Any]) -> VolumeSnapshot:
    return VolumeSnapshot(
        id=row.id,
        name=row.name,
        description=row.description,
        project_id=row.project_id,
        volume_id=row.volume_id,
        size_gib=row.size_gib,
        status=SnapshotStatus(row.status),
        created_at=row.created_at,
        updated_at=row.updated_at,
        status_reason=row.status_reason,
    )
