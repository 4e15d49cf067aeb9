"""A copy of an image, made beside its place, verified, then moved there.

A copy that broke off is gone on with where it stopped, as long as its bytes are right.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from vmctld.domain.image import Image
from vmctld.errors import Corrupted, Exhausted, NotFound, TimedOut, Unavailable
from vmctld.observe.context import check_deadline

CHUNK_BYTES = 1024 * 1024
TRIES = 3  # each goes on where the one before broke off

ReadFrom = Callable[[int], Iterable[bytes]]  # the image's bytes from an offset on


def read_file(path: Path, offset_bytes: int) -> Iterator[bytes]:
    """Yield the bytes of a file of the store on this same disk."""
    try:
        file = path.open("rb", buffering=0)
    except FileNotFoundError as error:
        raise NotFound("the image was deleted meanwhile", code="image-not-found") from error
    with file:
        file.seek(offset_bytes)
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def fetch(part: Path, copy: Path, image: Image, read_from: ReadFrom) -> None:
    """Have the image's bytes in ``copy``, on the disk and with the hash of its record.

    Raises Corrupted (``checksum-mismatch``), Exhausted (``disk-full``), and whatever
    ``read_from`` raises.
    """
    goes_on = part.exists()
    is_right = _fill(part, image, read_from)
    if not is_right and goes_on:
        part.unlink()  # what was there before may be what is wrong
        is_right = _fill(part, image, read_from)
    if not is_right:
        part.unlink()
        raise Corrupted(
            "the image's bytes do not have the SHA-256 of its record: checksum mismatch",
            code="checksum-mismatch",
            hint="delete the image and upload it again",
            facts={"image_id": image.id, "sha256": image.sha256},
        )
    part.replace(copy)
    _sync_directory(copy.parent)


def _fill(part: Path, image: Image, read_from: ReadFrom) -> bool:
    """Write what is missing; return whether the whole is right."""
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        digest = hashlib.file_digest(file, "sha256")
        for last in (False,) * (TRIES - 1) + (True,):
            try:
                _append(file, digest, read_from)
                break
            except (Unavailable, TimedOut):
                check_deadline("an image was fetched")
                if last:
                    raise
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    part.unlink()
                    raise _disk_full(image) from error
                raise
        os.fsync(file.fileno())
        return file.tell() == image.size_bytes and digest.hexdigest() == image.sha256


def _append(file: BinaryIO, digest: hashlib._Hash, read_from: ReadFrom) -> None:
    for chunk in read_from(file.tell()):
        check_deadline("an image was fetched")
        view = memoryview(chunk)
        while view:
            written = file.write(view)
            digest.update(view[:written])
            view = view[written:]


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _disk_full(image: Image) -> Exhausted:
    return Exhausted(
        "this host's disk has no room for a copy of the image",
        code="disk-full",
        hint="free some space on the host, or boot on another one",
        facts={"image_id": image.id, "size_bytes": image.size_bytes},
    )
