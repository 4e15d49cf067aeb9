"""The volume service: its parts, wired."""

from __future__ import annotations

from pathlib import Path

from vmctld.domain.clock import Clock
from vmctld.storage.database import Database
from vmctld.volume.attachments import Attachments
from vmctld.volume.filler import Filler
from vmctld.volume.ports import ImageFiles, Images
from vmctld.volume.qemu_img import QemuImg
from vmctld.volume.store import VolumeStore
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
        *,
        qemu_img: QemuImg | None = None,
    ) -> None:
        store = VolumeStore(directory, qemu_img or QemuImg())
        self._filler = Filler(database, clock, store, image_files)
        self.volumes = Volumes(database, clock, store, self._filler, images)
        self.attachments = Attachments(database, clock, store)

    def recover(self) -> None:
        """End what an earlier daemon left half done: once, at start, when images can be asked."""
        self.volumes.recover()

    def close(self) -> None:
        """End; what is being filled is filled anew by the next daemon."""
        self._filler.close()
