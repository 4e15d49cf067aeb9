"""Volumes as files: one qcow2 file each, named by its id, whole or not there.

A file is made under another name and renamed when it is whole and on the disk.  Each volume
has a file of its own that goes with it: nobody reads what an earlier owner wrote.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vmctld.domain.image import DiskFormat
from vmctld.domain.volume import GIB
from vmctld.errors import Corrupted, Exhausted, Fact, Internal, VmctlError
from vmctld.volume.qcow2_size import virtual_size_bytes
from vmctld.volume.qemu_img import QemuImg, ToolFailed

DISK_FORMAT = "qcow2"
PART_SUFFIX = ".part"
ROOM_BYTES = 1024**2  # less than this is a full disk


class VolumeStore:
    """Makes, checks and deletes the files of volumes in one directory.  Thread-safe."""

    def __init__(self, directory: Path, qemu_img: QemuImg) -> None:
        self._directory = directory
        self._qemu_img = qemu_img
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def path_of(self, volume_id: str) -> Path:
        """Return where a volume's file is, or would be."""
        return self._directory / volume_id

    def create_blank(self, volume_id: str, size_gib: int) -> None:
        """Make the file of an empty volume.  Raises Exhausted (``disk-full``), Internal."""
        with self._new_file(volume_id) as part:
            self._create(part, size_gib)

    def create_from(
        self, volume_id: str, size_gib: int, source: Path, source_format: DiskFormat
    ) -> None:
        """Make the file of a volume that begins with what is in an image.

        Raises Exhausted (``disk-full``), Corrupted (``image-unreadable``), Internal.
        """
        self._check_room(source.stat().st_size)
        with self._new_file(volume_id) as part:
            self._create(part, size_gib)
            options = ["-n", "--target-is-zero", "-O", DISK_FORMAT]
            self._qemu_img.run("convert", *options, _alone(source, source_format), str(part))

    def copy(self, source_id: str, target_id: str, size_gib: int) -> None:
        """Make a file that begins with what is in another one, which nobody writes to.

        Raises Exhausted (``disk-full``), Corrupted (``volume-damaged``), Internal.
        """
        source = self.path_of(source_id)
        virtual_size_bytes(source)
        self.create_from(target_id, size_gib, source, DiskFormat.QCOW2)

    def grow(self, volume_id: str, size_gib: int) -> None:
        """Make a file larger that no machine has open; one that is as large stays as it is."""
        path = self.path_of(volume_id)
        if virtual_size_bytes(path) >= size_gib * GIB:
            return
        try:
            self._qemu_img.run("resize", "-q", "-f", DISK_FORMAT, str(path), f"{size_gib}G")
        except ToolFailed as error:
            self._check_room(ROOM_BYTES)
            raise Internal("the volume could not be made larger", code="volume-not-made") from error
        _sync(path)

    def check(self, volume_id: str, size_gib: int) -> int:
        """Return a volume's size in bytes, as its file says it.

        It may have grown, and a crash kept that from the record.
        Raises Corrupted (``volume-damaged``) when it is smaller than it should be.
        """
        size_bytes = virtual_size_bytes(self.path_of(volume_id))
        if size_bytes < size_gib * GIB:
            raise Corrupted(
                f"the volume is damaged: it should hold {size_gib} GiB",
                code="volume-damaged",
                facts={"expected_bytes": size_gib * GIB, "found_bytes": size_bytes},
            )
        return size_bytes

    def has(self, volume_id: str) -> bool:
        """True when the volume's file is there, and so whole."""
        return self.path_of(volume_id).exists()

    def remove(self, volume_id: str) -> None:
        """Delete a volume's file; absent is fine."""
        self.path_of(volume_id).unlink(missing_ok=True)

    def remove_parts(self) -> None:
        """Delete what an earlier daemon was making when it ended."""
        for part in self._directory.glob(f"*{PART_SUFFIX}"):
            part.unlink(missing_ok=True)

    def close(self) -> None:
        """End what is being made; it is not kept."""
        self._qemu_img.close()

    def _create(self, part: Path, size_gib: int) -> None:
        self._qemu_img.run("create", "-q", "-f", DISK_FORMAT, str(part), f"{size_gib}G")

    @contextmanager
    def _new_file(self, volume_id: str) -> Iterator[Path]:
        path = self.path_of(volume_id)
        part = path.with_name(path.name + PART_SUFFIX)
        try:
            with _full_disk_told():
                # Empty and 0600 first: qemu-img keeps the mode of a file that is there
                os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
                yield part
                _sync(part)
                part.rename(path)
                _sync(self._directory)
        except ToolFailed as error:
            self._check_room(ROOM_BYTES)  # before the file goes: it is what fills the disk
            raise _not_made(error) from error
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def _check_room(self, needed_bytes: int) -> None:
        free_bytes = shutil.disk_usage(self._directory).free
        if free_bytes < needed_bytes:
            raise _disk_full({"needed_bytes": needed_bytes, "free_bytes": free_bytes})


def _alone(path: Path, disk_format: DiskFormat) -> str:
    """Return a name for qemu-img that opens this one file, as this format and nothing else."""
    file = {"driver": "file", "filename": str(path)}
    opened: dict[str, object] = {"driver": disk_format.value, "file": file}
    if disk_format is DiskFormat.QCOW2:
        opened["backing"] = None  # whatever its header says
    return "json:" + json.dumps(opened)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _full_disk_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full({}) from error
        raise


def _disk_full(facts: dict[str, Fact]) -> Exhausted:
    return Exhausted(
        "the disk that holds the volumes is full",
        code="disk-full",
        hint="delete volumes that are not needed, or ask the operator for more room",
        facts=facts,
    )


def _not_made(error: ToolFailed) -> VmctlError:
    if error.command == "convert":
        return Corrupted("the image cannot be read to its end", code="image-unreadable")
    return Internal("the volume's file could not be made", code="volume-not-made")
