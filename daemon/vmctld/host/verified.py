"""How a file is known again that was verified before, without hashing it at each boot."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes when somebody writes to a file or puts another one in its place."""

    inode: int
    size_bytes: int
    changed_ns: int


def stamp_of(path: Path) -> Stamp | None:
    """Return the file's stamp; None when it is not there."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return Stamp(found.st_ino, found.st_size, found.st_mtime_ns)


def read_stamp(path: Path) -> Stamp | None:
    """Return the stamp that the file had when it was verified; None when that is not known."""
    try:
        inode, size_bytes, changed_ns = _beside(path).read_text().split()
        return Stamp(int(inode), int(size_bytes), int(changed_ns))
    except (FileNotFoundError, ValueError):
        return None


def write_stamp(path: Path, stamp: Stamp) -> None:
    """Keep the stamp of a verified file beside it.

    Half a stamp is none: the file is hashed again.
    """
    beside = _beside(path)
    beside.touch(mode=0o600)
    beside.write_text(f"{stamp.inode} {stamp.size_bytes} {stamp.changed_ns}\n")


def has_sha256(path: Path, sha256: str) -> bool:
    """Return whether the file's bytes have that hash."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.verified")
