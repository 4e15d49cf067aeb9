"""The volume service: its parts, wired."""

from __future__ import annotations

from pathlib import Path

from vmctld.domain.clock import Clock
from vmctld.storage.database import Database
from vmctld.volume.attachments import Attachments
from vmctld.volume.changes import Changes
from vmctld.volume.filler import Filler
from vmctld.volume.growth import Growth
from vmctld.volume.ports import ImageFiles, Images, Limits
from vmctld.volume.qemu_img import QemuImg
from vmctld.volume.snapshots import Snapshots
from vmctld.volume.store import VolumeStore
from vmctld.volume.types import VolumeTypes
from vmctld.volume.volumes import Volumes


class VolumeService:
    """Volumes in files of ``directory``, and what a boot asks of them.

    ``images`` acts for the caller of the current request, ``image_files`` for this service.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        directory: Path,
        images: Images,
        image_files: ImageFiles,
        limits: Limits,
        *,
        qemu_img: QemuImg | None = None,
    ) -> None:
        self._store = VolumeStore(directory, qemu_img or QemuImg())
        self._filler = Filler(database, clock, self._store, image_files)
        self.volumes = Volumes(database, clock, self._store, self._filler, images, limits)
        self.snapshots = Snapshots(database, clock, self._store, self._filler, limits)
        self.growth = Growth(database, clock, self._store, limits)
        self.changes = Changes(database, clock)
        self.types = VolumeTypes(database, clock)
        self.attachments = Attachments(database, clock, self._store, limits)

    def recover(self) -> None:
        """End what an earlier daemon left half done: once, at start, when images can be asked."""
        self._store.remove_parts()
        self.volumes.recover(self.snapshots.recover())

    def close(self) -> None:
        """End; what is being filled is filled anew by the next daemon."""
        self._filler.close()
