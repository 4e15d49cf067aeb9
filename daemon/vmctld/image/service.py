"""The image service: the store of virtual disks and what is known of them (steps 19 to 21)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vmctld.domain.clock import Clock, utc_now
from vmctld.domain.identity import Caller
from vmctld.domain.image import Image, ImageChanges, ImageDescription, ImageStatus
from vmctld.domain.names import check_name
from vmctld.domain.ownership import require_owner
from vmctld.domain.paging import Page
from vmctld.errors import InvalidRequest, WrongState
from vmctld.image import checks
from vmctld.image.inspector import MAX_VIRTUAL_BYTES
from vmctld.image.leftovers import Leftovers
from vmctld.image.queued import Queued, require_maker
from vmctld.image.refusals import refused, too_large
from vmctld.image.store import ImageStore
from vmctld.image.upload import Upload
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import image_tasks, images


@dataclass(frozen=True, slots=True)
class Download:
    """An image and its bytes from an offset on."""

    image: Image
    chunks: Iterator[bytes]


class Images:
    """The rules for images.  Thread-safe."""

    def __init__(
        self,
        database: Database,
        directory: Path,
        *,
        clock: Clock = utc_now,
        max_bytes: int = MAX_VIRTUAL_BYTES,
    ) -> None:
        self._database = database
        self._store = ImageStore(directory)
        self.leftovers = Leftovers(database, self._store, clock)
        self.queued = Queued(database, clock)
        self._clock = clock
        self._max_bytes = max_bytes

    def recover(self) -> list[str]:
        """Remove what a crash left: half uploads, and files of no image.  Before any upload.

        An image that a task of a server is to fill waits for its bytes again.
        """

        def work(tx: Tx) -> set[str]:
            image_tasks.settle_unfinished(tx)
            return images.ids(tx)

        return self._store.remove_all_but(self._database.run(work))

    def begin_upload(self, caller: Caller, description: ImageDescription) -> Upload:
        """Return an upload that waits for bytes; its image can be seen, as ``saving``.

        Raises InvalidRequest, Forbidden, Exhausted (``disk-full``, ``image-too-large``).
        """
        if description.size_bytes is not None:
            self._check_size(description.size_bytes)
        if description.image_id:
            return self._begin_filling(caller, description.image_id)
        require_maker(caller)
        image = self._described(caller, description)
        file = self._store.begin(image.id)
        try:
            self._database.run(lambda tx: images.add(tx, image))
        except BaseException:
            file.discard_part()
            raise
        return Upload(self._database, self._clock, image, file, self._max_bytes)

    def _begin_filling(self, caller: Caller, image_id: str) -> Upload:
        image = self.queued.begin(caller, image_id)
        try:
            file = self._store.begin(image.id)
        except BaseException:
            self.queued.put_back(image.id)
            raise
        return Upload(
            self._database,
            self._clock,
            image,
            file,
            self._max_bytes,
            on_failure=lambda: self.queued.put_back(image.id),
        )

    def create_image(
        self, caller: Caller, image_id: str, description: ImageDescription, project_id: str = ""
    ) -> Image:
        """Return an image that waits for its bytes; see ``Queued``."""
        image = replace(self._described(caller, description), id=image_id)
        return self.queued.create(caller, image, project_id)

    def discard_image(self, caller: Caller, image_id: str) -> None:
        """Have nothing left of an image that nobody is to have; gone already is fine."""
        if self.queued.discard(caller, image_id):
            self._store.remove(image_id)

    def download(self, caller: Caller, reference: str, offset_bytes: int = 0) -> Download:
        """Return an image's bytes.  Raises NotFound, WrongState, InvalidRequest, Corrupted."""
        image = _require_active(self.get_image(caller, reference))
        size_bytes = image.size_bytes or 0
        if not 0 <= offset_bytes <= size_bytes:
            raise InvalidRequest(
                f"the image has {size_bytes} bytes; nothing begins at byte {offset_bytes}",
                code="invalid-offset",
            )
        return Download(image, self._store.read(image.id, offset_bytes, size_bytes))

    def get_image(self, caller: Caller, reference: str) -> Image:
        """Return the image of that id or name.  Raises NotFound, Conflict."""
        with self._database.look() as tx:
            return images.find(tx, reference, caller)

    def list_images(self, caller: Caller, page: Page, name: str = "") -> list[Image]:
        """Return a page of the caller's images and the public ones, by name, then by time."""
        with self._database.read() as tx:
            return images.page(tx, page, caller, name)

    def locate_image(self, caller: Caller, image_id: str) -> tuple[Image, Path]:
        """Return an image that can be booted from, and its file in this store.

        Raises NotFound, WrongState (``image-not-active``).
        """
        image = _require_active(self.get_image(caller, image_id))
        return image, self._store.path_of(image.id)

    def update_image(self, caller: Caller, reference: str, changes: ImageChanges) -> Image:
        """Return the image as changed.  Raises InvalidRequest, NotFound, Conflict, Forbidden."""

        def work(tx: Tx) -> Image:
            image = images.find(tx, reference, caller)
            require_owner(caller, image, "change this image")
            values = _columns(caller, image, changes)
            if values:
                images.change(tx, image.id, values, self._clock())
            return images.get(tx, image.id)

        return self._database.run(work)

    def delete_image(self, caller: Caller, reference: str) -> None:
        """Take an image away; hosts keep their copies as long as an instance needs them.

        The record goes first: a crash leaves a file of no image, which ``recover`` removes.
        Raises NotFound, Conflict, Forbidden, WrongState (``image-protected``).
        """

        def work(tx: Tx) -> Image:
            image = images.find(tx, reference, caller)
            require_owner(caller, image, "delete this image")
            if image.protected:
                raise WrongState(
                    f"the image {image.name} is protected",
                    code="image-protected",
                    hint="release it first: vmctl image-set --unprotected",
                )
            images.remove(tx, image.id)
            return image

        self._store.remove(self._database.run(work).id)

    def _described(self, caller: Caller, description: ImageDescription) -> Image:
        now = self._clock()
        return Image(
            id=str(uuid.uuid4()),
            name=check_name(description.name, "image"),
            project_id=caller.project_id,
            status=ImageStatus.SAVING,
            disk_format=checks.disk_format_from(description.disk_format),
            size_bytes=None,
            virtual_size_bytes=None,
            sha256=None,
            min_disk_gib=_min_disk_gib(description.min_disk_gib),
            min_ram_mib=_min_ram_mib(description.min_ram_mib),
            visibility=checks.visibility_from(description.visibility, caller),
            protected=description.protected,
            properties=checks.check_properties(description.properties),
            created_at=now,
            updated_at=now,
        )

    def _check_size(self, size_bytes: int) -> None:
        if size_bytes <= 0:
            raise refused("empty", "is empty", "look at the file that you upload")
        if size_bytes > self._max_bytes:
            raise too_large(size_bytes, self._max_bytes)
        self._store.check_room(size_bytes)


def _columns(caller: Caller, image: Image, changes: ImageChanges) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if changes.name is not None:
        values["name"] = check_name(changes.name, "image")
    if changes.min_disk_gib is not None:
        values["min_disk_gib"] = _min_disk_gib(changes.min_disk_gib)
    if changes.min_ram_mib is not None:
        values["min_ram_mib"] = _min_ram_mib(changes.min_ram_mib)
    if changes.visibility is not None:
        values["visibility"] = checks.visibility_from(changes.visibility, caller).value
    if changes.protected is not None:
        values["protected"] = changes.protected
    if changes.set_properties or changes.unset_properties:
        kept = {
            key: value
            for key, value in image.properties.items()
            if key not in changes.unset_properties
        }
        values["properties"] = checks.check_properties({**kept, **changes.set_properties})
    return values


def _require_active(image: Image) -> Image:
    if image.status is not ImageStatus.ACTIVE:
        raise WrongState(
            f"the image {image.name} is {image.status}: its bytes are not all there",
            code="image-not-active",
            hint="wait until vmctl image-show says active",
            facts={"image_id": image.id, "status": image.status.value},
        )
    return image


def _min_disk_gib(value: int) -> int:
    return checks.check_minimum(value, checks.MAX_MIN_DISK_GIB, "minimum of disk in GiB")


def _min_ram_mib(value: int) -> int:
    return checks.check_minimum(value, checks.MAX_MIN_RAM_MIB, "minimum of RAM in MiB")
