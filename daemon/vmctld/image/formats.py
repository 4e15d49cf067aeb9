"""What a file is, by its first and last bytes: every format that QEMU would guess, and archives.

Nothing here is trusted to be what it says; it only must not be taken for a raw disk.
Sources: each format's own magic number, as its specification or QEMU's block driver has it.
"""

from __future__ import annotations

import re
from typing import BinaryIO

HEAD_BYTES = 0x8006  # as far as ISO 9660's first volume descriptor names itself
TAIL_BYTES = 512  # a fixed VHD and an Apple disk image name themselves in their last sector

RAW = "raw"

_AT_START: tuple[tuple[bytes, str], ...] = (
    (b"QED\0", "qed"),
    (b"KDMV", "vmdk"),  # a sparse extent
    (b"COWD", "vmdk"),  # an ESX sparse extent
    (b"SESparse", "vmdk"),
    (b"vhdxfile", "vhdx"),
    (b"conectix", "vhd"),  # a dynamic disk repeats its footer here
    (b"LUKS\xba\xbe", "luks"),
    (b"SKUL\xba\xbe", "luks"),
    (b"WithoutFreeSpace", "parallels"),
    (b"WithouFreSpacExt", "parallels"),
    (b"Bochs Virtual HD Image", "bochs"),
    (b"#!/bin/sh\n#V2.0 Format\nmodprobe cloop", "cloop"),
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"PK\x03\x04", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
)
_AT_END = ((b"conectix", "vhd"), (b"koly", "dmg"))
_AT_OFFSET = (
    (0x40, b"\x7f\x10\xda\xbe", "vdi"),
    (0x8001, b"CD001", "iso"),
)
# A VMDK descriptor is a text; comments and blank lines may come before its first setting
_VMDK_TEXT = re.compile(rb"(?:[ \t\r\n]|#[^\n]*\n)*(?:# Disk DescriptorFile|version[ \t]*=)", re.I)

ARCHIVES = frozenset({"gzip", "xz", "zstd", "bzip2", "zip", "7z"})


def detect_format(file: BinaryIO, size_bytes: int) -> str:
    """Return the name of the format that ``file`` looks like; ``raw``: like none.

    ``qcow`` is the predecessor of ``qcow2``.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    file.seek(max(size_bytes - TAIL_BYTES, 0))
    tail = file.read(TAIL_BYTES)
    if head[:4] == b"QFI\xfb":
        return "qcow" if head[4:8] == b"\0\0\0\1" else "qcow2"
    for magic, name in _AT_START:
        if head.startswith(magic):
            return name
    for offset, magic, name in _AT_OFFSET:
        if head.startswith(magic, offset):
            return name
    for magic, name in _AT_END:
        if tail.startswith(magic):
            return name
    return "vmdk" if _VMDK_TEXT.match(head) else RAW
