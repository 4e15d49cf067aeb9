"""Fills new volumes from images, a few at a time, after their creation has been answered."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import structlog

from vmctld.domain.clock import Clock
from vmctld.domain.volume import Volume, VolumeStatus
from vmctld.errors import NotSupported, Unavailable, VmctlError
from vmctld.storage.database import Database
from vmctld.storage.repositories import volumes
from vmctld.volume.ports import ImageFiles
from vmctld.volume.store import VolumeStore

log = structlog.get_logger(__name__)

OURS = "something of ours went wrong: the daemon's log has it under the volume's id"
AT_ONCE = 2  # more would only share one disk


class Filler:
    """Works through volumes in CREATING that have an image; the end is AVAILABLE or ERROR."""

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
        self._pool.submit(self._fill, volume)

    def close(self) -> None:
        """End; what is not filled yet stays in CREATING, and the next daemon fills it."""
        self._store.close()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _fill(self, volume: Volume) -> None:
        try:
            self._make_file(volume)
        except Unavailable as error:
            log.info("the volume is filled at the next start", volume_id=volume.id, why=str(error))
            return
        except VmctlError as error:
            log.warning("the volume could not be filled", volume_id=volume.id, why=str(error))
            self._fail(volume, f"{error.message} ({error.code})")
        except Exception:
            log.exception("the volume could not be filled", volume_id=volume.id)
            self._fail(volume, OURS)
        else:
            now = self._clock()
            self._database.run(
                lambda tx: volumes.move_volume(tx, volume.id, VolumeStatus.AVAILABLE, now)
            )

    def _make_file(self, volume: Volume) -> None:
        if self._store.has(volume.id):  # by an earlier daemon, which ended before it said so
            return
        image, path = self._images.file_of(volume.image_id or "")
        if path is None or image.disk_format is None:
            raise NotSupported("the image's file is not on this machine")
        self._store.create_from(volume.id, volume.size_gib, path, image.disk_format)

    def _fail(self, volume: Volume, reason: str) -> None:
        now = self._clock()
        self._database.run(lambda tx: volumes.fail_volume(tx, volume.id, reason, now))
