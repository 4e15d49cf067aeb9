"""Volumes in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, or_, select, update

from vmctld.domain.names import looks_like_id
from vmctld.domain.paging import Page
from vmctld.domain.volume import COMES_FROM, Volume, VolumeStatus
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.paging import page_of
from vmctld.storage.tables.volume import AttachmentRow, VolumeRow

_VOLUMES = core(VolumeRow)
_ATTACHMENTS = core(AttachmentRow)

_WITH_ATTACHMENT = select(
    _VOLUMES, _ATTACHMENTS.c.id.label("attachment_id"), _ATTACHMENTS.c.instance_id
).select_from(_VOLUMES.outerjoin(_ATTACHMENTS, _ATTACHMENTS.c.volume_id == _VOLUMES.c.id))
_BY_ID = _WITH_ATTACHMENT.where(_VOLUMES.c.id == bindparam("volume_id"))
_MOVES = {
    to: update(_VOLUMES)
    .where(
        _VOLUMES.c.id == bindparam("one"),
        _VOLUMES.c.status.in_([source.value for source in sources]),
    )
    .values(status=to.value, updated_at=bindparam("now"))
    for to, sources in COMES_FROM.items()
}


def insert_volume(tx: Tx, volume: Volume) -> None:
    """Keep a new volume, attached to nothing."""
    row = {
        "id": volume.id,
        "name": volume.name,
        "project_id": volume.project_id,
        "size_gib": volume.size_gib,
        "status": volume.status.value,
        "bootable": volume.bootable,
        "image_id": volume.image_id,
        "status_reason": volume.status_reason,
        "created_at": volume.created_at,
        "updated_at": volume.updated_at,
        "description": volume.description,
        "volume_type": volume.volume_type,
        "snapshot_id": volume.snapshot_id,
        "source_volume_id": volume.source_volume_id,
        "read_only": volume.read_only,
    }
    tx.execute(insert(_VOLUMES), row)


def get_volume(tx: Tx, volume_id: str) -> Volume | None:
    """Return one, or None."""
    row = tx.execute(_BY_ID, {"volume_id": volume_id}).first()
    return _volume(row) if row else None


def volumes_named(tx: Tx, reference: str, project_id: str, *, any_owner: bool) -> Sequence[Volume]:
    """Return those that ``reference`` may mean: by name what the project has, or by id.

    With ``any_owner`` an id may be of another project's volume.
    """
    own = _VOLUMES.c.project_id == project_id
    by_id = _VOLUMES.c.id == looks_like_id(reference)
    by_name = (_VOLUMES.c.name == reference.strip()) & own
    query = _WITH_ATTACHMENT.where(or_(by_name, by_id if any_owner else by_id & own))
    return [_volume(row) for row in tx.execute(query)]


def list_volumes(tx: Tx, project_id: str | None, page: Page) -> Sequence[Volume]:
    """Return a page of a project's volumes (None: all there are), sorted by name, then time."""
    query = _WITH_ATTACHMENT
    if project_id is not None:
        query = query.where(_VOLUMES.c.project_id == project_id)
    order = (_VOLUMES.c.name, _VOLUMES.c.created_at, _VOLUMES.c.id)
    return [_volume(row) for row in page_of(tx, query, order, page)]


def volumes_in(tx: Tx, status: VolumeStatus) -> Sequence[Volume]:
    """Return all volumes that are in a state, the oldest first."""
    query = _WITH_ATTACHMENT.where(_VOLUMES.c.status == status.value)
    return [_volume(row) for row in tx.execute(query.order_by(_VOLUMES.c.created_at))]


def move_volume(tx: Tx, volume_id: str, to: VolumeStatus, now: datetime) -> bool:
    """Bring a volume to another state; False when there is no legal move from where it is."""
    return tx.execute(_MOVES[to], {"one": volume_id, "now": now}).rowcount == 1


def end_maintenance(tx: Tx, volume_id: str, now: datetime) -> None:
    """Give a volume back that something was copied from; in any other state it stays."""
    held = (_VOLUMES.c.id == volume_id) & (_VOLUMES.c.status == VolumeStatus.MAINTENANCE.value)
    values = {"status": VolumeStatus.AVAILABLE.value, "updated_at": now}
    tx.execute(update(_VOLUMES).where(held).values(values))


def fail_volume(tx: Tx, volume_id: str, reason: str, now: datetime) -> bool:
    """Bring a volume to ERROR, saying why; False when there is no legal move from where it is."""
    if not move_volume(tx, volume_id, VolumeStatus.ERROR, now):
        return False
    tx.execute(update(_VOLUMES).where(_VOLUMES.c.id == volume_id).values(status_reason=reason))
    return True


def change_volume(tx: Tx, volume_id: str, now: datetime, **values: object) -> None:
    """Set columns of a volume."""
    one = _VOLUMES.c.id == volume_id
    tx.execute(update(_VOLUMES).where(one).values(**values, updated_at=now))


def delete_volume(tx: Tx, volume_id: str) -> None:
    """Forget a volume; absent is fine."""
    tx.execute(delete(_VOLUMES).where(_VOLUMES.c.id == volume_id))


def _volume(row: Row[Any]) -> Volume:
    return Volume(
        id=row.id,
        name=row.name,
        project_id=row.project_id,
        size_gib=row.size_gib,
        status=VolumeStatus(row.status),
        bootable=row.bootable,
        image_id=row.image_id,
        attachment_id=row.attachment_id,
        instance_id=row.instance_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        status_reason=row.status_reason,
        description=row.description,
        volume_type=row.volume_type,
        snapshot_id=row.snapshot_id,
        source_volume_id=row.source_volume_id,
        read_only=row.read_only,
    )
