"""Volumes: made, found, deleted."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.image import Image, ImageStatus
from vmctld.domain.names import check_name, only_match, shown
from vmctld.domain.ownership import listed_project
from vmctld.domain.paging import Page
from vmctld.domain.volume import Volume, VolumeStatus
from vmctld.errors import Exhausted, InvalidRequest, VmctlError, WrongState
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import volumes
from vmctld.volume.filler import Filler
from vmctld.volume.ports import Images
from vmctld.volume.refusals import not_available
from vmctld.volume.store import GIB, VolumeStore

log = structlog.get_logger(__name__)

MAX_SIZE_GIB = 16 * 1024  # ext4's largest file is 16 TiB


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
    ) -> None:
        self._database = database
        self._clock = clock
        self._store = store
        self._filler = filler
        self._images = images

    def create_volume(
        self, caller: Caller, size_gib: int, *, name: str = "", image: str = ""
    ) -> Volume:
        """Return a new volume: blank and available, or still being filled from an image.

        Raises InvalidRequest, NotFound, Conflict (ambiguous), WrongState, Exhausted
        (``volume-too-large``, ``disk-full``).
        """
        _check_size(size_gib)
        name = check_name(name, "volume") if name else ""
        source = self._checked_image(image, size_gib) if image else None
        now = self._clock()
        volume = Volume(
            id=str(uuid.uuid4()),
            name=name,
            project_id=caller.project_id,
            size_gib=size_gib,
            status=VolumeStatus.CREATING,
            bootable=source is not None,
            image_id=source.id if source else None,
            attachment_id=None,
            instance_id=None,
            created_at=now,
            updated_at=now,
        )
        self._database.run(lambda tx: volumes.insert_volume(tx, volume))
        if source is not None:
            self._filler.submit(volume)
            return volume
        return self._make_blank(volume)

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
        ``volume-not-available``).
        """
        volume = self.get_volume(caller, reference)
        now = self._clock()
        moved = self._database.run(
            lambda tx: volumes.move_volume(tx, volume.id, VolumeStatus.DELETING, now)
        )
        if not moved:
            raise not_available(self.get_volume(caller, volume.id))
        self._finish_delete(volume)

    def recover(self) -> None:
        """End what an earlier daemon left half done: once, at start, before serving."""
        self._store.remove_parts()
        with self._database.read() as tx:
            deleting = volumes.volumes_in(tx, VolumeStatus.DELETING)
            creating = volumes.volumes_in(tx, VolumeStatus.CREATING)
        for volume in deleting:
            with _told_only(volume):
                self._finish_delete(volume)
        for volume in creating:
            if volume.image_id is not None:
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

    def _finish_delete(self, volume: Volume) -> None:
        self._store.remove(volume.id)
        self._database.run(lambda tx: volumes.delete_volume(tx, volume.id))

    def _checked_image(self, reference: str, size_gib: int) -> Image:
        image = self._images.get_image(reference)
        if image.status is not ImageStatus.ACTIVE or image.virtual_size_bytes is None:
            raise WrongState(
                f"the image {shown(image.name)} is {image.status.value}, not active",
                code="image-not-active",
                facts={"image_id": image.id, "status": image.status.value},
            )
        least_gib = max(image.min_disk_gib, -(-image.virtual_size_bytes // GIB))
        if size_gib < least_gib:
            raise InvalidRequest(
                f"a volume of {size_gib} GiB is too small for the image {shown(image.name)}",
                code="volume-too-small",
                hint=f"make it {least_gib} GiB or larger",
                facts={"size_gib": size_gib, "least_gib": least_gib, "image_id": image.id},
            )
        return image


@contextmanager
def _told_only(volume: Volume) -> Iterator[None]:
    # One volume on a bad or full disk does not keep the daemon from starting
    try:
        yield
    except (VmctlError, OSError):
        log.exception("what was half done stays so", volume_id=volume.id, status=volume.status)


def find_volume(tx: Tx, caller: Caller, reference: str) -> Volume:
    """Return the volume that ``reference`` means.  Raises NotFound, Conflict (ambiguous)."""
    found = volumes.volumes_named(tx, reference, caller.project_id, any_owner=caller.is_admin)
    return only_match(found, reference, "volume", hint="vmctl volume-list shows what there is")


def _check_size(size_gib: int) -> None:
    if size_gib < 1:
        raise InvalidRequest(
            f"a volume of {size_gib} GiB cannot be made",
            code="invalid-size",
            hint=f"1 to {MAX_SIZE_GIB} GiB",
        )
    if size_gib > MAX_SIZE_GIB:
        raise Exhausted(
            f"a volume of {size_gib} GiB is too large",
            code="volume-too-large",
            hint=f"{MAX_SIZE_GIB} GiB at most",
            facts={"size_gib": size_gib, "max_gib": MAX_SIZE_GIB},
        )
