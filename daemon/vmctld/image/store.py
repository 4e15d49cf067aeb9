"""The files of images: written beside their place, moved there whole, read in parts."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from vmctld.errors import Corrupted, Exhausted

CHUNK_BYTES = 512 * 1024  # as fast as larger ones, in less memory on both ends
PART_SUFFIX = ".part"

# A large upload writes itself through the page cache in steps: it neither drives out what
# guests use nor ends with one long sync, and it is 2 to 3 times as fast as filling memory
# that nobody has touched before
WRITE_THROUGH_BYTES = 32 * 1024 * 1024

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class ImageStore:
    """One directory, 0700; a file in it is an image's, by its id, and whole."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def path_of(self, image_id: str) -> Path:
        """Return where the image's file is once it is whole."""
        return self._directory / image_id

    def check_room(self, size_bytes: int) -> None:
        """Raise Exhausted (``disk-full``) when that many bytes cannot fit."""
        found = os.statvfs(self._directory)
        free_bytes = found.f_bavail * found.f_frsize
        if size_bytes > free_bytes:
            raise _disk_full(size_bytes=size_bytes, free_bytes=free_bytes)

    def _part_of(self, image_id: str) -> Path:
        return self._directory / (image_id + PART_SUFFIX)

    def begin(self, image_id: str) -> NewFile:
        """Return a new file, which becomes the image's when it is kept."""
        return NewFile(self.path_of(image_id))

    def read(self, image_id: str, offset_bytes: int, size_bytes: int) -> Iterator[bytes]:
        """Yield the image's bytes from an offset on; it must have ``size_bytes`` in all.

        Raises Corrupted (``image-file-damaged``) when its file is gone or has another size.
        """
        path = self.path_of(image_id)
        try:
            file = path.open("rb", buffering=0)
        except FileNotFoundError as error:
            raise _damaged("is gone", image_id) from error
        with file:
            if os.fstat(file.fileno()).st_size != size_bytes:
                raise _damaged("has another size than its record", image_id)
            file.seek(offset_bytes)
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    def remove(self, image_id: str) -> None:
        """Take the image's file away; gone already is fine."""
        self.path_of(image_id).unlink(missing_ok=True)

    def remove_part(self, image_id: str) -> None:
        """Take away what there is of an unfinished file; none is fine."""
        self._part_of(image_id).unlink(missing_ok=True)

    def unchanged_since(self, moment: datetime) -> set[str]:
        """Return of which images there are files, all of them last written to before that."""
        last_s: dict[str, float] = {}
        for path in self._directory.iterdir():
            with suppress(FileNotFoundError):
                image_id, written_s = path.name.removesuffix(PART_SUFFIX), path.stat().st_mtime
                last_s[image_id] = max(written_s, last_s.get(image_id, written_s))
        return {image_id for image_id, at_s in last_s.items() if at_s < moment.timestamp()}

    def is_being_made(self, image_id: str) -> bool:
        """Return true while a process that lives makes the image's file."""
        return any(_is_held(path) for path in (self._part_of(image_id), self.path_of(image_id)))

    def remove_all_but(self, image_ids: Collection[str]) -> list[str]:
        """Take away every file of no image, unfinished ones too; return their names."""
        removed = []
        for path in self._directory.iterdir():
            if path.name not in image_ids:
                path.unlink()
                removed.append(path.name)
        return sorted(removed)


class NewFile:
    """A file that is being written and hashed; thrown away unless it is kept.

    It is locked until ``release``, so that others see whether its maker still lives.
    """

    def __init__(self, final: Path) -> None:
        self._final = final
        self.path = final.with_name(final.name + PART_SUFFIX)
        self.size_bytes = 0
        self._hash = hashlib.sha256()
        self._on_disk_bytes = 0
        with _translated():
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with suppress(OSError):  # a file system without locks: what is left there stays
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        self._lock: int | None = os.dup(descriptor)  # the lock lasts until both are closed
        self._file = os.fdopen(descriptor, "wb", buffering=0)

    @property
    def sha256(self) -> str:
        """SHA-256 of what was written, in hexadecimal."""
        return self._hash.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Append ``chunk``.  Raises Exhausted (``disk-full``)."""
        with _translated():
            view = memoryview(chunk)
            while view:
                view = view[self._file.write(view) :]
        self._hash.update(chunk)
        self.size_bytes += len(chunk)
        if self.size_bytes - self._on_disk_bytes >= WRITE_THROUGH_BYTES:
            self._write_through()

    def _write_through(self) -> None:
        descriptor = self._file.fileno()
        with _translated():
            os.fdatasync(descriptor)
        length_bytes = self.size_bytes - self._on_disk_bytes
        os.posix_fadvise(descriptor, self._on_disk_bytes, length_bytes, os.POSIX_FADV_DONTNEED)
        self._on_disk_bytes = self.size_bytes

    def finish(self) -> None:
        """Have every byte on the disk, still beside its place."""
        with _translated():
            os.fsync(self._file.fileno())
            self._file.close()

    def keep(self) -> None:
        """Put the finished file in its place, which is on the disk when this returns."""
        self.path.replace(self._final)
        directory = os.open(self._final.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def discard_part(self) -> None:
        """Leave nothing beside the file's place, and release it."""
        self._file.close()
        self.path.unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Unlock the file: nobody makes it any more.  Safe to repeat."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def discard_whole(self) -> None:
        """Leave nothing in the file's place."""
        self._final.unlink(missing_ok=True)


def _is_held(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True  # locked; or where locks are unknown, nobody can tell
    finally:
        os.close(descriptor)
    return False


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise _disk_full() from error
        raise


def _disk_full(**facts: int) -> Exhausted:
    needed = ""
    if facts:
        needed = f": {facts['size_bytes']} bytes to come, {facts['free_bytes']} free"
    return Exhausted(
        f"the disk that holds the images is full{needed}",
        code="disk-full",
        hint="delete images that nobody needs, or ask the operator for space",
        facts=facts,
    )


def _damaged(how: str, image_id: str) -> Corrupted:
    return Corrupted(
        f"the file of image {image_id} {how}",
        code="image-file-damaged",
        hint="delete the image and upload it again",
        facts={"image_id": image_id},
    )
