"""One image on its way in: its bytes are written, hashed, looked at, and kept or thrown away."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

from vmctld.domain.clock import Clock
from vmctld.domain.image import Image, ImageStatus
from vmctld.errors import Conflict, Corrupted, InvalidRequest, VmctlError
from vmctld.image.inspector import inspect
from vmctld.image.refusals import too_large
from vmctld.image.store import NewFile
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import images


class Upload:
    """Use in a ``with`` block: whatever ends it before ``finish`` returns leaves nothing.

    The record says ``saving`` meanwhile.  A crash leaves that record and a file beside its
    place; ``leftovers`` removes both.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        image: Image,
        file: NewFile,
        max_bytes: int,
        *,
        on_failure: Callable[[], None] | None = None,
    ) -> None:
        """``on_failure`` is done with the record of one that was there before its bytes."""
        self._on_failure = on_failure
        self._database = database
        self._clock = clock
        self._image = image
        self._file = file
        self._max_bytes = max_bytes
        self._is_kept = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._is_kept:
            self._file.release()
            return
        self._file.discard_part()
        # With the database away nobody knows whether the record says active: the file
        # goes only after its record, and what stays is for the next start to settle
        with contextlib.suppress(VmctlError):
            if self._on_failure is not None:
                self._on_failure()
            else:
                self._database.run(lambda tx: images.remove(tx, self._image.id))
            self._file.discard_whole()

    def write(self, chunk: bytes) -> None:
        """Take the next bytes.  Raises Exhausted (``disk-full``, ``image-too-large``)."""
        if self._file.size_bytes + len(chunk) > self._max_bytes:
            raise too_large(self._file.size_bytes + len(chunk), self._max_bytes)
        self._file.write(chunk)

    def finish(self, sha256: str) -> Image:
        """Return the image, whole, ACTIVE and on the disk; ``sha256`` is the sender's.

        Raises Corrupted (``checksum-mismatch``), InvalidRequest (see ``inspector``),
        Exhausted, Conflict (``image-deleted`` meanwhile).
        """
        self._check_sha256(sha256)
        self._file.finish()
        inspected = inspect(self._file.path, self._image.disk_format, self._max_bytes)
        image = replace(
            self._image,
            status=ImageStatus.ACTIVE,
            disk_format=inspected.disk_format,
            size_bytes=self._file.size_bytes,
            virtual_size_bytes=inspected.virtual_size_bytes,
            sha256=self._file.sha256,
            updated_at=self._clock(),
        )
        self._file.keep()
        self._database.run(lambda tx: _activate(tx, image))
        self._is_kept = True
        return image

    def _check_sha256(self, sha256: str) -> None:
        if not sha256:
            raise InvalidRequest(
                "the upload ended without the SHA-256 of its bytes", code="checksum-missing"
            )
        if sha256.strip().lower() != self._file.sha256:
            raise Corrupted(
                "what arrived is not what was sent: the SHA-256 differs",
                code="checksum-mismatch",
                hint="upload it again; if it happens again, look at the network and the disks",
                facts={"sent": sha256[:64], "arrived": self._file.sha256},
            )


def _activate(tx: Tx, image: Image) -> None:
    values = {
        "status": image.status.value,
        "disk_format": image.disk_format.value if image.disk_format else None,
        "size_bytes": image.size_bytes,
        "virtual_size_bytes": image.virtual_size_bytes,
        "sha256": image.sha256,
    }
    if not images.change(tx, image.id, values, image.updated_at):
        raise Conflict("the image was deleted while it was uploaded", code="image-deleted")
