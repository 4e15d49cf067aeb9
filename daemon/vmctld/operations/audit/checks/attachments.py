"""I8: a volume in use has one attachment, and an attachment has a living instance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sqlalchemy import Row, insert, select, update

from vmctld.domain.volume import VolumeStatus
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import Living, World
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.repositories import attachments, volumes
from vmctld.storage.tables.volume import AttachmentRow, VolumeRow

_VOLUMES = core(VolumeRow)
_ATTACHMENTS = core(AttachmentRow)
_A = _ATTACHMENTS.c
_JOINED = select(
    _VOLUMES.c.id,
    _VOLUMES.c.status,
    _A.id.label("attachment_id"),
    _A.instance_id,
    _A.status.label("attached"),
).select_from(_VOLUMES.outerjoin(_ATTACHMENTS, _A.volume_id == _VOLUMES.c.id))

_HELD = frozenset({VolumeStatus.RESERVED, VolumeStatus.IN_USE})
_UNDER_WAY = frozenset({VolumeStatus.ATTACHING, VolumeStatus.DETACHING})
_STATUS_OF = {"reserved": VolumeStatus.RESERVED, "attached": VolumeStatus.IN_USE}


def stray_attachments(world: World) -> Iterator[Suspect]:
    """An attachment of no living instance: ended, its volume available again."""
    for row in world.tx.execute(select(_ATTACHMENTS)):
        # A boot reserves its volumes a moment before it has an entry
        is_young = row.status == "reserved" and not world.is_old(row.updated_at)
        if world.is_gone(row.instance_id) and not is_young:
            runs = world.has_machine(row.instance_id)
            yield Suspect(
                "attachment",
                row.id,
                f"volume {row.volume_id} {row.status} for {row.instance_id}, no living instance"
                + (", whose machine still runs" if runs else ""),
                mend=None if runs else _end(world, row),
            )


def volumes_without_attachment(world: World) -> Iterator[Suspect]:
    """A volume that says it is held, and nobody holds it: given back to its instance, or free."""
    planned = {
        volume_id: (instance, attachment_id)
        for instance in world.living.values()
        if not world.is_gone(instance.id)
        for volume_id, attachment_id in instance.volumes
    }
    for row in world.tx.execute(_JOINED.where(_A.id.is_(None))):
        status = VolumeStatus(row.status)
        if status in _HELD:
            owner = planned.get(row.id)
            whose = f"; instance {owner[0].id} was to have it" if owner else ""
            yield Suspect(
                "volume",
                row.id,
                f"{status.value} without an attachment{whose}",
                mend=_attach_again(world, row.id, *owner)
                if owner
                else partial(_set_status, world, row.id, VolumeStatus.AVAILABLE),
            )


def attached_volumes_that_look_free(world: World) -> Iterator[Suspect]:
    """A volume that somebody holds and that does not say so: says it again."""
    for row in world.tx.execute(_JOINED.where(_A.id.is_not(None))):
        status = VolumeStatus(row.status)
        if status not in _HELD | _UNDER_WAY and not world.is_gone(row.instance_id):
            yield Suspect(
                "volume",
                row.id,
                f"{status.value}, and {row.attached} for instance {row.instance_id}",
                mend=partial(_set_status, world, row.id, _STATUS_OF[row.attached]),
            )


def _end(world: World, row: Row[Any]) -> Callable[[Tx], None]:
    def mend(tx: Tx) -> None:
        for volume_id in attachments.end_attachments(
            tx, row.instance_id, attachment_ids=(row.id,), host=None, project_id=None
        ):
            volumes.move_volume(tx, volume_id, VolumeStatus.AVAILABLE, world.now)

    return mend


def _attach_again(
    world: World, volume_id: str, instance: Living, attachment_id: str
) -> Callable[[Tx], None]:
    """Never free what a guest may be writing to."""
    attached = "reserved" if instance.host is None else "attached"

    def mend(tx: Tx) -> None:
        row = {
            "id": attachment_id,
            "volume_id": volume_id,
            "instance_id": instance.id,
            "host": instance.host,
            "status": attached,
            "created_at": world.now,
            "updated_at": world.now,
        }
        tx.execute(insert(_ATTACHMENTS), row)
        _set_status(world, volume_id, _STATUS_OF[attached], tx)

    return mend


def _set_status(world: World, volume_id: str, status: VolumeStatus, tx: Tx) -> None:
    values = {"status": status.value, "updated_at": world.now}
    tx.execute(update(_VOLUMES).where(_VOLUMES.c.id == volume_id).values(values))
