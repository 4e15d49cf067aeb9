"""I8: no volume is on its way for ever, and each has its file."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import select, update

from vmctld.domain.volume import VolumeStatus
from vmctld.operations.audit.files_below import VOLUMES, is_growing
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import World
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.repositories import volumes
from vmctld.storage.tables.volume import AttachmentRow, VolumeRow

_VOLUMES = core(VolumeRow)
_A = core(AttachmentRow).c
_UNDER_WAY = (
    VolumeStatus.CREATING,
    VolumeStatus.ATTACHING,
    VolumeStatus.DETACHING,
    VolumeStatus.DELETING,
)
_WHOLE = (
    VolumeStatus.AVAILABLE,
    VolumeStatus.RESERVED,
    VolumeStatus.IN_USE,
    VolumeStatus.MAINTENANCE,
)


def overdue_volumes(world: World) -> Iterator[Suspect]:
    """A volume that has been on its way somewhere for too long: brought there or back."""
    under_way = _VOLUMES.c.status.in_([status.value for status in _UNDER_WAY])
    for row in world.tx.execute(select(_VOLUMES).where(under_way)):
        place = world.store / VOLUMES / row.id
        if world.is_old(row.updated_at) and not is_growing(world, place):
            minutes = (world.now - row.updated_at).total_seconds() / 60
            yield Suspect(
                "volume-state",
                row.id,
                f"{row.status} for {minutes:.0f} minutes",
                mend=_mend(world, row.id, VolumeStatus(row.status)),
            )


def volumes_without_file(world: World) -> Iterator[Suspect]:
    """A volume whose file is gone: nobody can bring its bytes back."""
    directory = world.store / VOLUMES
    if not directory.is_dir():
        return  # they are kept elsewhere
    whole = _VOLUMES.c.status.in_([status.value for status in _WHOLE])
    for volume_id in world.tx.execute(select(_VOLUMES.c.id).where(whole)).scalars():
        if not (directory / volume_id).exists():
            yield Suspect("volume-file", volume_id, "the volume's file is not there")


def _mend(world: World, volume_id: str, status: VolumeStatus) -> Callable[[Tx], None] | None:
    if status is VolumeStatus.CREATING:
        return None  # it may wait for others to be filled; the next start goes on with it
    if status is VolumeStatus.DELETING:
        return lambda tx: _finish_delete(world, volume_id, tx)
    return lambda tx: _settle(world, volume_id, tx)


def _finish_delete(world: World, volume_id: str, tx: Tx) -> None:
    (world.store / VOLUMES / volume_id).unlink(missing_ok=True)
    volumes.delete_volume(tx, volume_id)


def _settle(world: World, volume_id: str, tx: Tx) -> None:
    attached = tx.execute(select(_A.status).where(_A.volume_id == volume_id)).scalar_one_or_none()
    status = VolumeStatus.IN_USE if attached else VolumeStatus.AVAILABLE
    values = {"status": status.value, "updated_at": world.now}
    tx.execute(update(_VOLUMES).where(_VOLUMES.c.id == volume_id).values(values))
