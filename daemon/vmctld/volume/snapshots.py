"""Snapshots of volumes: what was on one at a moment, in a file that is the snapshot's own."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.names import check_name, check_text
from vmctld.domain.ownership import listed_project
from vmctld.domain.paging import Page
from vmctld.domain.volume import SnapshotStatus, VolumeSnapshot, VolumeStatus
from vmctld.errors import WrongState
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import volume_snapshots, volumes
from vmctld.volume.changes import MAX_DESCRIPTION
from vmctld.volume.filler import Filler
from vmctld.volume.ports import Limits
from vmctld.volume.quota import check_quota
from vmctld.volume.refusals import not_available
from vmctld.volume.sources import find_snapshot, find_volume
from vmctld.volume.store import VolumeStore

_S = SnapshotStatus
ENDS = (_S.AVAILABLE, _S.ERROR, _S.DELETING)  # from which one may be deleted


class Snapshots:
    """Rules for snapshots: a project has its own.  Volumes made from one need it no more."""

    def __init__(
        self, database: Database, clock: Clock, store: VolumeStore, filler: Filler, limits: Limits
    ) -> None:
        self._database = database
        self._clock = clock
        self._store = store
        self._filler = filler
        self._limits = limits

    def create(
        self, caller: Caller, volume: str, *, name: str = "", description: str = ""
    ) -> VolumeSnapshot:
        """Return a new snapshot, still being copied; its volume can be used again after that.

        Raises InvalidRequest, NotFound, WrongState (the volume is not available), QuotaExceeded.
        """
        name = check_name(name, "volume snapshot") if name else ""
        description = check_text(description, "description", MAX_DESCRIPTION)
        now = self._clock()

        def begin(tx: Tx) -> VolumeSnapshot:
            found = find_volume(tx, caller, volume)
            check_quota(tx, self._limits, found.project_id, snapshots=1, gigabytes=found.size_gib)
            if not volumes.move_volume(tx, found.id, VolumeStatus.MAINTENANCE, now):
                raise not_available(found)
            made = VolumeSnapshot(
                id=str(uuid.uuid4()),
                name=name,
                description=description,
                project_id=found.project_id,
                volume_id=found.id,
                size_gib=found.size_gib,
                status=SnapshotStatus.CREATING,
                created_at=now,
                updated_at=now,
            )
            volume_snapshots.insert_snapshot(tx, made)
            return made

        made = self._database.run(begin)
        self._filler.submit_snapshot(made)
        return made

    def get(self, caller: Caller, reference: str) -> VolumeSnapshot:
        """Return one, by name or id.  Raises NotFound, Conflict (ambiguous)."""
        with self._database.read() as tx:
            return find_snapshot(tx, caller, reference)

    def page(
        self, caller: Caller, page: Page, *, all_projects: bool = False, volume: str = ""
    ) -> Sequence[VolumeSnapshot]:
        """Return a page of them, sorted by name, then by time; of one volume if it is named."""
        project_id = listed_project(caller, all_projects=all_projects)
        with self._database.read() as tx:
            volume_id = find_volume(tx, caller, volume).id if volume else None
            return volume_snapshots.list_snapshots(tx, project_id, page, volume_id=volume_id)

    def delete(self, caller: Caller, reference: str) -> None:
        """Delete a snapshot, unless a volume is being filled from it.

        Raises NotFound, Conflict (ambiguous), WrongState (``snapshot-in-use``,
        ``snapshot-not-available``).
        """
        now = self._clock()

        def begin(tx: Tx) -> VolumeSnapshot:
            snapshot = find_snapshot(tx, caller, reference)
            creating = volumes.volumes_in(tx, VolumeStatus.CREATING)
            takers = [volume.id for volume in creating if volume.snapshot_id == snapshot.id]
            if takers:
                raise _needed(snapshot, takers)
            if not volume_snapshots.move_snapshot(tx, snapshot.id, ENDS, _S.DELETING, now):
                raise _busy(snapshot)
            return snapshot

        self._finish_delete(self._database.run(begin))

    def recover(self) -> set[str]:
        """End what an earlier daemon left half done; return the volumes being copied from."""
        with self._database.read() as tx:
            deleting = volume_snapshots.snapshots_in(tx, SnapshotStatus.DELETING)
            creating = volume_snapshots.snapshots_in(tx, SnapshotStatus.CREATING)
        for snapshot in deleting:
            self._finish_delete(snapshot)
        for snapshot in creating:
            self._filler.submit_snapshot(snapshot)
        return {snapshot.volume_id for snapshot in creating}

    def _finish_delete(self, snapshot: VolumeSnapshot) -> None:
        self._store.remove(snapshot.id)
        self._database.run(lambda tx: volume_snapshots.delete_snapshot(tx, snapshot.id))


def _needed(snapshot: VolumeSnapshot, takers: Sequence[str]) -> WrongState:
    return WrongState(
        f"the snapshot {snapshot.name or snapshot.id} is being copied to {', '.join(takers)}",
        code="snapshot-in-use",
        hint="wait until they are available",
        facts={"snapshot_id": snapshot.id, "volume_ids": list(takers)},
    )


def _busy(snapshot: VolumeSnapshot) -> WrongState:
    return WrongState(
        f"the snapshot {snapshot.name or snapshot.id} is {snapshot.status.value}",
        code="snapshot-not-available",
        hint="wait until it is available",
        facts={"snapshot_id": snapshot.id, "status": snapshot.status.value},
    )
