"""What a file is, by its first and last bytes."""

from __future__ import annotations

import io

import pytest

from tests.support.disks import Qcow2, a_raw_disk
from vmctld.image.formats import detect_format

LOOKS = [
    (bytes(Qcow2()), "qcow2"),
    (bytes(Qcow2(version=2)), "qcow2"),
    (b"QFI\xfb\0\0\0\1", "qcow"),
    (b"QED\0" + bytes(60), "qed"),
    (b"KDMV" + bytes(508), "vmdk"),
    (b"COWD" + bytes(508), "vmdk"),
    (b"# Disk DescriptorFile\nversion=1\n", "vmdk"),
    (b"\n# a comment\n\n  # another\nversion = 1\n", "vmdk"),
    (b"vhdxfile" + bytes(504), "vhdx"),
    (b"conectix" + bytes(504), "vhd"),
    (bytes(4096) + b"conectix" + bytes(504), "vhd"),
    (bytes(4096) + b"koly" + bytes(508), "dmg"),
    (bytes(0x40) + b"\x7f\x10\xda\xbe" + bytes(500), "vdi"),
    (bytes(0x8001) + b"CD001" + bytes(2000), "iso"),
    (b"LUKS\xba\xbe\0\2", "luks"),
    (b"WithoutFreeSpace", "parallels"),
    (b"\x1f\x8b\x08\0", "gzip"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh91AY", "bzip2"),
    (b"PK\x03\x04", "zip"),
]


@pytest.mark.parametrize(("content", "name"), LOOKS, ids=[name for _, name in LOOKS])
def test_a_format_is_known_by_its_magic(content: bytes, name: str) -> None:
    assert detect_format(io.BytesIO(content), len(content)) == name


@pytest.mark.parametrize(
    "content",
    [a_raw_disk(), b"", b"x", bytes(100_000), b"# only a comment\n", b"conectix"[:7]],
    ids=["disk", "empty", "byte", "zeros", "comment", "almost"],
)
def test_what_looks_like_nothing_is_raw(content: bytes) -> None:
    assert detect_format(io.BytesIO(content), len(content)) == "raw"


def test_a_file_of_comments_alone_is_told_apart_in_linear_time() -> None:
    content = b"#\n \t" * 200_000

    assert detect_format(io.BytesIO(content), len(content)) == "raw"
