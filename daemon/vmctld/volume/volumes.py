"""Volumes: made, found, deleted."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import structlog

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.names import check_name, check_text
from vmctld.domain.ownership import listed_project
from vmctld.domain.paging import Page
from vmctld.domain.volume import Volume, VolumeDraft, VolumeSnapshot, VolumeStatus
from vmctld.errors import Fact, InvalidRequest, VmctlError, WrongState
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import volume_snapshots, volumes
from vmctld.volume.changes import MAX_DESCRIPTION
from vmctld.volume.filler import Filler
from vmctld.volume.growth import check_size
from vmctld.volume.ports import Images, Limits
from vmctld.volume.quota import check_quota
from vmctld.volume.refusals import not_available
from vmctld.volume.sources import Source, find_source, find_volume
from vmctld.volume.store import VolumeStore
from vmctld.volume.types import find_type

log = structlog.get_logger(__name__)


class Volumes:
    """Rules for volumes: a project has its own.

    The row is there before its file and goes after it: what a crash leaves half done can be
    seen in the row, and ``recover`` ends it.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        store: VolumeStore,
        filler: Filler,
        images: Images,
        limits: Limits,
    ) -> None:
        self._database = database
        self._clock = clock
        self._store = store
        self._filler = filler
        self._images = images
        self._limits = limits

    def create_volume(self, caller: Caller, draft: VolumeDraft) -> Volume:
        """Return a new volume: blank and available, or still being filled.

        Raises InvalidRequest, NotFound, Conflict (ambiguous), WrongState, QuotaExceeded,
        Exhausted (``volume-too-large``, ``disk-full``).
        """
        name = check_name(draft.name, "volume") if draft.name else ""
        description = check_text(draft.description, "description", MAX_DESCRIPTION)
        source = find_source(self._database, self._images, caller, draft)
        size_gib = draft.size_gib or (0 if source.is_blank else source.least_gib)
        check_size(size_gib)
        if size_gib < source.least_gib:
            raise _too_small(size_gib, source)
        named = replace(draft, name=name, description=description, size_gib=size_gib)
        volume = self._database.run(lambda tx: self._insert(tx, caller, named, source))
        if source.is_blank:
            return self._make_blank(volume)
        self._filler.submit(volume)
        return volume

    def _insert(self, tx: Tx, caller: Caller, draft: VolumeDraft, source: Source) -> Volume:
        now, project_id = self._clock(), caller.project_id
        check_quota(tx, self._limits, project_id, volumes=1, gigabytes=draft.size_gib)
        if source.volume_id and not volumes.move_volume(
            tx, source.volume_id, VolumeStatus.MAINTENANCE, now
        ):
            raise not_available(find_volume(tx, caller, source.volume_id))
        volume = Volume(
            id=str(uuid.uuid4()),
            name=draft.name,
            project_id=project_id,
            size_gib=draft.size_gib,
            status=VolumeStatus.CREATING,
            bootable=source.bootable,
            image_id=source.image_id,
            attachment_id=None,
            instance_id=None,
            created_at=now,
            updated_at=now,
            description=draft.description,
            volume_type=find_type(tx, draft.volume_type).name,
            snapshot_id=source.snapshot_id,
            source_volume_id=source.volume_id,
        )
        volumes.insert_volume(tx, volume)
        return volume

    def get_volume(self, caller: Caller, reference: str) -> Volume:
        """Return one, by name or id.  Raises NotFound, Conflict (ambiguous)."""
        with self._database.read() as tx:
            return find_volume(tx, caller, reference)

    def list_volumes(
        self, caller: Caller, page: Page, *, all_projects: bool = False
    ) -> Sequence[Volume]:
        """Return a page, sorted by name, then by time."""
        project_id = listed_project(caller, all_projects=all_projects)
        with self._database.read() as tx:
            return volumes.list_volumes(tx, project_id, page)

    def delete_volume(self, caller: Caller, reference: str) -> None:
        """Delete a volume that nobody uses, with all that is in it.

        Raises NotFound, Conflict (ambiguous), WrongState (``volume-in-use``,
        ``volume-not-available``, ``volume-has-snapshots``).
        """
        now = self._clock()

        def begin(tx: Tx) -> Volume:
            volume = find_volume(tx, caller, reference)
            if not volumes.move_volume(tx, volume.id, VolumeStatus.DELETING, now):
                raise not_available(volume)
            snapshots = volume_snapshots.snapshots_of(tx, volume.id)
            if snapshots:
                raise _has_snapshots(volume, snapshots)
            return volume

        self._finish_delete(self._database.run(begin))

    def recover(self, copied_from: Collection[str] = ()) -> None:
        """End what an earlier daemon left half done: once, at start, before serving.

        ``copied_from`` are the volumes that somebody else goes on copying.
        """
        with self._database.read() as tx:
            deleting = volumes.volumes_in(tx, VolumeStatus.DELETING)
            creating = volumes.volumes_in(tx, VolumeStatus.CREATING)
            held = volumes.volumes_in(tx, VolumeStatus.MAINTENANCE)
        needed = {*copied_from, *(volume.source_volume_id for volume in creating)}
        for volume in held:
            if volume.id not in needed:
                self._end_maintenance(volume)
        for volume in deleting:
            with _told_only(volume):
                self._finish_delete(volume)
        for volume in creating:
            if volume.image_id or volume.snapshot_id or volume.source_volume_id:
                self._filler.submit(volume)
                continue
            with _told_only(volume):
                self._make_blank(volume)

    def _make_blank(self, volume: Volume) -> Volume:
        try:
            if not self._store.has(volume.id):
                self._store.create_blank(volume.id, volume.size_gib)
        except BaseException:
            self._database.run(lambda tx: volumes.delete_volume(tx, volume.id))
            raise
        now = self._clock()

        def settle(tx: Tx) -> Volume | None:
            volumes.move_volume(tx, volume.id, VolumeStatus.AVAILABLE, now)
            return volumes.get_volume(tx, volume.id)

        return self._database.run(settle) or volume

    def _end_maintenance(self, volume: Volume) -> None:
        now = self._clock()
        self._database.run(lambda tx: volumes.end_maintenance(tx, volume.id, now))

    def _finish_delete(self, volume: Volume) -> None:
        self._store.remove(volume.id)
        self._database.run(lambda tx: volumes.delete_volume(tx, volume.id))


@contextmanager
def _told_only(volume: Volume) -> Iterator[None]:
    # One volume on a bad or full disk does not keep the daemon from starting
    try:
        yield
    except (VmctlError, OSError):
        log.exception("what was half done stays so", volume_id=volume.id, status=volume.status)


def _too_small(size_gib: int, source: Source) -> InvalidRequest:
    what = "image" if source.image_id else "snapshot" if source.snapshot_id else "volume"
    source_id = source.image_id or source.snapshot_id or source.volume_id
    return InvalidRequest(
        f"a volume of {size_gib} GiB is too small for the {what} {source_id}",
        code="volume-too-small",
        hint=f"make it {source.least_gib} GiB or larger",
        facts={"size_gib": size_gib, "least_gib": source.least_gib, f"{what}_id": source_id},
    )


def _has_snapshots(volume: Volume, snapshots: Sequence[VolumeSnapshot]) -> WrongState:
    ids: list[Fact] = [snapshot.id for snapshot in snapshots]
    return WrongState(
        f"Volume still has {len(ids)} dependent snapshots: "  # cinder's words
        + ", ".join(map(str, ids)),
        code="volume-has-snapshots",
        hint="delete them first: vmctl volume-snapshot-delete SNAPSHOT...",
        facts={"volume_id": volume.id, "snapshot_ids": ids},
    )
