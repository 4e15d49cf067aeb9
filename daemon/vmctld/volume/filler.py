"""Fills new volumes and snapshots, a few at a time, after their creation has been answered."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from vmctld.domain.clock import Clock
from vmctld.domain.volume import SnapshotStatus, Volume, VolumeSnapshot, VolumeStatus
from vmctld.errors import NotSupported, Unavailable, VmctlError
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import volume_snapshots, volumes
from vmctld.volume.ports import ImageFiles
from vmctld.volume.store import VolumeStore

log = structlog.get_logger(__name__)

OURS = "something of ours went wrong: the daemon's log has it under the volume's id"
AT_ONCE = 2  # more would only share one disk


class Filler:
    """Works through what is in CREATING and has a source; the end is AVAILABLE or ERROR.

    A volume that something is copied from is in MAINTENANCE meanwhile, and available after.
    """

    def __init__(
        self, database: Database, clock: Clock, store: VolumeStore, images: ImageFiles
    ) -> None:
        self._database = database
        self._clock = clock
        self._store = store
        self._images = images
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="volume-fill")

    def submit(self, volume: Volume) -> None:
        """Fill ``volume`` when its turn comes."""
        self._pool.submit(self._work, volume.id, lambda: self._fill(volume), self._end_of(volume))

    def submit_snapshot(self, snapshot: VolumeSnapshot) -> None:
        """Copy what is on a snapshot's volume when its turn comes."""
        self._pool.submit(
            self._work, snapshot.id, lambda: self._keep(snapshot), self._end_of_snapshot(snapshot)
        )

    def close(self) -> None:
        """End; what is not filled yet stays in CREATING, and the next daemon fills it."""
        self._store.close()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(
        self, made_id: str, make: Callable[[], None], end: Callable[[str | None], None]
    ) -> None:
        try:
            if not self._store.has(made_id):  # else an earlier daemon ended before it said so
                make()
        except Unavailable as error:
            log.info("it is filled at the next start", volume_id=made_id, why=str(error))
        except VmctlError as error:
            log.warning("it could not be filled", volume_id=made_id, why=str(error))
            end(f"{error.message} ({error.code})")
        except Exception:
            log.exception("it could not be filled", volume_id=made_id)
            end(OURS)
        else:
            end(None)

    def _fill(self, volume: Volume) -> None:
        source = volume.snapshot_id or volume.source_volume_id
        if source is not None:
            self._store.copy(source, volume.id, volume.size_gib)
            return
        image, path = self._images.file_of(volume.image_id or "")
        if path is None or image.disk_format is None:
            raise NotSupported("the image's file is not on this machine")
        self._store.create_from(volume.id, volume.size_gib, path, image.disk_format)

    def _keep(self, snapshot: VolumeSnapshot) -> None:
        self._store.copy(snapshot.volume_id, snapshot.id, snapshot.size_gib)

    def _end_of(self, volume: Volume) -> Callable[[str | None], None]:
        def end(reason: str | None) -> None:
            now = self._clock()

            def settle(tx: Tx) -> None:
                if reason is None:
                    volumes.move_volume(tx, volume.id, VolumeStatus.AVAILABLE, now)
                else:
                    volumes.fail_volume(tx, volume.id, reason, now)
                if volume.source_volume_id is not None:
                    volumes.end_maintenance(tx, volume.source_volume_id, now)

            self._database.run(settle)

        return end

    def _end_of_snapshot(self, snapshot: VolumeSnapshot) -> Callable[[str | None], None]:
        def end(reason: str | None) -> None:
            now = self._clock()
            state = SnapshotStatus.AVAILABLE if reason is None else SnapshotStatus.ERROR

            def settle(tx: Tx) -> None:
                sources = (SnapshotStatus.CREATING,)
                volume_snapshots.move_snapshot(tx, snapshot.id, sources, state, now, reason)
                volumes.end_maintenance(tx, snapshot.volume_id, now)

            self._database.run(settle)

        return end
