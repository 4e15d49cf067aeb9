"""How large the disk in a qcow2 file is, from its header: no program is started for it."""

from __future__ import annotations

import struct
from pathlib import Path

from vmctld.errors import Corrupted

# The qcow2 image format (docs/interop/qcow2.txt in QEMU's sources): magic, version, backing
# file's offset and length, cluster bits, virtual size; all big-endian
_HEADER = struct.Struct(">4sIQIIQ")
_MAGIC = b"QFI\xfb"


def virtual_size_bytes(path: Path) -> int:
    """Return the size of the disk in ``path``.  Raises Corrupted (``volume-damaged``)."""
    try:
        with path.open("rb") as file:
            start = file.read(_HEADER.size)
    except FileNotFoundError:
        raise _damaged("its file is gone") from None
    if len(start) < _HEADER.size:
        raise _damaged("its file is cut off")
    magic, _version, _backing_offset, _backing_size, _cluster_bits, size = _HEADER.unpack(start)
    if magic != _MAGIC:
        raise _damaged("its file is no qcow2 file")
    return int(size)


def _damaged(why: str) -> Corrupted:
    return Corrupted(f"the volume is damaged: {why}", code="volume-damaged")
