"""What a new volume can be filled from: an image, a snapshot or another volume."""

from __future__ import annotations

from dataclasses import dataclass

from vmctld.domain.identity import Caller
from vmctld.domain.image import Image, ImageStatus
from vmctld.domain.names import only_match, shown
from vmctld.domain.volume import (
    GIB,
    SnapshotStatus,
    Volume,
    VolumeDraft,
    VolumeSnapshot,
    VolumeStatus,
)
from vmctld.errors import InvalidRequest, WrongState
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import volume_snapshots, volumes
from vmctld.volume.ports import Images
from vmctld.volume.refusals import not_available


@dataclass(frozen=True, slots=True)
class Source:
    """What fills a volume, and the least size that it needs.  Nothing: a blank one."""

    least_gib: int = 1
    bootable: bool = False
    image_id: str | None = None
    snapshot_id: str | None = None
    volume_id: str | None = None

    @property
    def is_blank(self) -> bool:
        """True when there is nothing to be filled from."""
        return not (self.image_id or self.snapshot_id or self.volume_id)


def find_source(database: Database, images: Images, caller: Caller, draft: VolumeDraft) -> Source:
    """Return what the new volume is filled from, ready for that.

    Raises InvalidRequest, NotFound, Conflict (ambiguous), WrongState.
    """
    if sum(map(bool, (draft.image, draft.snapshot, draft.source_volume))) > 1:
        raise InvalidRequest(
            "a volume is filled from an image, a snapshot or a volume: from one of them",
            code="invalid-volume",
        )
    if draft.image:
        return _of_image(images.get_image(draft.image))
    with database.read() as tx:
        if draft.snapshot:
            return _of_snapshot(tx, find_snapshot(tx, caller, draft.snapshot))
        if draft.source_volume:
            return _of_volume(find_volume(tx, caller, draft.source_volume))
    return Source()


def find_volume(tx: Tx, caller: Caller, reference: str) -> Volume:
    """Return the volume that ``reference`` means.  Raises NotFound, Conflict (ambiguous)."""
    found = volumes.volumes_named(tx, reference, caller.project_id, any_owner=caller.is_admin)
    return only_match(found, reference, "volume", hint="vmctl volume-list shows what there is")


def find_snapshot(tx: Tx, caller: Caller, reference: str) -> VolumeSnapshot:
    """Return the snapshot that ``reference`` means.  Raises NotFound, Conflict (ambiguous)."""
    found = volume_snapshots.snapshots_named(
        tx, reference, caller.project_id, any_owner=caller.is_admin
    )
    hint = "vmctl volume-snapshot-list shows what there is"
    return only_match(found, reference, "volume snapshot", hint=hint)


def _of_image(image: Image) -> Source:
    if image.status is not ImageStatus.ACTIVE or image.virtual_size_bytes is None:
        raise WrongState(
            f"the image {shown(image.name)} is {image.status.value}, not active",
            code="image-not-active",
            facts={"image_id": image.id, "status": image.status.value},
        )
    least_gib = max(image.min_disk_gib, -(-image.virtual_size_bytes // GIB))
    return Source(least_gib, bootable=True, image_id=image.id)


def _of_snapshot(tx: Tx, snapshot: VolumeSnapshot) -> Source:
    if snapshot.status is not SnapshotStatus.AVAILABLE:
        raise WrongState(
            f"the snapshot {snapshot.name or snapshot.id} is {snapshot.status.value}",
            code="snapshot-not-available",
            hint="vmctl volume-snapshot-show tells its state",
            facts={"snapshot_id": snapshot.id, "status": snapshot.status.value},
        )
    volume = volumes.get_volume(tx, snapshot.volume_id)
    bootable = volume is not None and volume.bootable
    return Source(snapshot.size_gib, bootable=bootable, snapshot_id=snapshot.id)


def _of_volume(volume: Volume) -> Source:
    if volume.status is not VolumeStatus.AVAILABLE:
        raise not_available(volume)
    return Source(volume.size_gib, bootable=volume.bootable, volume_id=volume.id)
