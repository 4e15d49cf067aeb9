"""What an uploaded file really is, found out before anything opens it.

An image is hostile until proven plain: a backing file or a data file would have QEMU read
the host's own files, a raw disk that looks like qcow2 would become one as soon as somebody
guesses.  A test compares the verdicts with those of oslo.utils, which costs 7 MiB and 0.1 s
to import and does not look behind the header.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vmctld.domain.image import DiskFormat
from vmctld.image.formats import ARCHIVES, RAW, detect_format
from vmctld.image.qcow2 import check_whole, read_header
from vmctld.image.refusals import refused, too_large

TIB = 1024**4
MAX_VIRTUAL_BYTES = 2 * TIB
_SECTOR = 512
_SUPPORTED = frozenset(supported.value for supported in DiskFormat)


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a file turned out to be."""

    disk_format: DiskFormat
    virtual_size_bytes: int  # of the disk that a guest sees


def inspect(
    path: Path, claimed: DiskFormat | None, max_virtual_bytes: int = MAX_VIRTUAL_BYTES
) -> Inspected:
    """Return what the file is, if it is a plain and whole disk.

    ``claimed`` is what its owner says it is, None: nothing.  Raises InvalidRequest, whose
    code tells what is wrong, and Exhausted (``image-too-large``).
    """
    size_bytes = path.stat().st_size
    if size_bytes == 0:
        raise refused("empty", "is empty", "look at the file that you uploaded")
    with path.open("rb") as file:
        found = detect_format(file, size_bytes)
        _check_claim(found, claimed)
        if found == RAW:
            virtual_bytes = -(-size_bytes // _SECTOR) * _SECTOR  # as QEMU rounds it
        else:
            header = read_header(file)
            virtual_bytes = header.virtual_size_bytes
        if virtual_bytes > max_virtual_bytes:
            raise too_large(virtual_bytes, max_virtual_bytes)
        if found != RAW:
            check_whole(file, header, size_bytes)
    return Inspected(DiskFormat(found), virtual_bytes)


def _check_claim(found: str, claimed: DiskFormat | None) -> None:
    if claimed is not None and found != claimed:
        hint = "leave --disk-format out to let the bytes say what the image is"
        if found not in _SUPPORTED:
            hint = _way_out(found)
        raise refused(
            "format-mismatch",
            f"is said to be {claimed}, its bytes say {found}",
            hint,
            claimed=claimed.value,
            found=found,
        )
    if found not in _SUPPORTED:
        raise refused(
            "format-unsupported",
            f"is {found}; qcow2 and raw are supported",
            _way_out(found),
            found=found,
        )


def _way_out(found: str) -> str:
    if found in ARCHIVES:
        return "unpack it first"
    return f"convert it: qemu-img convert -f {found} -O qcow2 YOUR-FILE NEW-FILE"
