"""What an uploaded file really is; the verdicts agree with QEMU's and with oslo.utils'."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from pathlib import Path

import pytest
from oslo_utils.imageutils import format_inspector

from tests.support.disks import CLUSTER, Qcow2, a_raw_disk
from tests.unit.image.test_formats import LOOKS
from vmctld.domain.image import DiskFormat
from vmctld.errors import Exhausted, InvalidRequest, VmctlError
from vmctld.image.inspector import inspect

needs_qemu_img = pytest.mark.skipif(not shutil.which("qemu-img"), reason="qemu-img is missing")

OPTIONS = [
    "compat=0.10",
    "compat=1.1",
    "cluster_size=512",
    "cluster_size=2M",
    "extended_l2=on,cluster_size=128k",
    "compression_type=zstd",
    "lazy_refcounts=on",
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "image"


def code_of(file: Path, claimed: DiskFormat | None = None) -> str:
    with pytest.raises(VmctlError) as refusal:
        inspect(file, claimed)
    return refusal.value.code


def test_a_qcow2_image_says_how_large_its_disk_is(file: Path) -> None:
    file.write_bytes(bytes(Qcow2()))

    found = inspect(file, None)

    assert (found.disk_format, found.virtual_size_bytes) == (DiskFormat.QCOW2, 1024**2)
    assert inspect(file, DiskFormat.QCOW2) == found


def test_a_raw_disk_is_as_large_as_its_file_in_whole_sectors(file: Path) -> None:
    file.write_bytes(a_raw_disk(1024**2)[:-1])

    assert inspect(file, DiskFormat.RAW).virtual_size_bytes == 1024**2
    assert inspect(file, None).disk_format is DiskFormat.RAW


def test_an_empty_file_is_no_image(file: Path) -> None:
    file.touch()

    assert code_of(file) == "image-empty"


def test_an_image_that_lies_about_its_format_is_refused(file: Path) -> None:
    file.write_bytes(bytes(Qcow2()))
    assert code_of(file, DiskFormat.RAW) == "image-format-mismatch"

    file.write_bytes(a_raw_disk())
    assert code_of(file, DiskFormat.QCOW2) == "image-format-mismatch"


@pytest.mark.parametrize(
    ("content", "name"), [look for look in LOOKS if look[1] not in ("qcow2", "qcow")]
)
def test_other_formats_are_refused_and_told_apart_from_raw(
    file: Path, content: bytes, name: str
) -> None:
    file.write_bytes(content)

    with pytest.raises(InvalidRequest) as refusal:
        inspect(file, None)

    assert refusal.value.code == "image-format-unsupported"
    assert name in refusal.value.message
    assert code_of(file, DiskFormat.RAW) == "image-format-mismatch"


def test_an_archive_is_to_be_unpacked_and_a_foreign_disk_converted(file: Path) -> None:
    file.write_bytes(b"\x1f\x8b\x08\0")
    with pytest.raises(InvalidRequest) as archive:
        inspect(file, DiskFormat.QCOW2)

    file.write_bytes(b"vhdxfile" + bytes(504))
    with pytest.raises(InvalidRequest) as disk:
        inspect(file, None)

    assert "unpack" in archive.value.hint
    assert "qemu-img convert -f vhdx" in disk.value.hint


def test_a_disk_larger_than_the_store_takes_is_refused(file: Path) -> None:
    file.write_bytes(bytes(Qcow2(virtual_size_bytes=512 * 1024**2)))

    with pytest.raises(Exhausted) as refusal:
        inspect(file, None, max_virtual_bytes=512 * 1024**2 - 1)

    assert refusal.value.code == "image-too-large"


def test_a_disk_of_terabytes_in_a_small_file_is_refused_by_default(file: Path) -> None:
    tables = 5 * 1024**4 >> 29  # second-level tables of 64 KiB map 512 MiB each
    huge = Qcow2(virtual_size_bytes=5 * 1024**4, l1_entries=tables, cluster_bits=21)
    file.write_bytes(bytes(huge))

    assert code_of(file) in ("image-too-large", "image-malformed")


@pytest.mark.parametrize(
    "content",
    [
        bytes(Qcow2()),
        bytes(Qcow2(backing_offset=512)),
        bytes(Qcow2(incompatible=1 << 2)),
        bytes(Qcow2(incompatible=1 << 40)),
        bytes(Qcow2(version=7)),
        *(content for content, _ in LOOKS),
    ],
)
def test_what_oslo_utils_refuses_is_refused_here(file: Path, content: bytes) -> None:
    file.write_bytes(content.ljust(CLUSTER, b"\0"))
    try:
        theirs = format_inspector.detect_file_format(str(file))
        theirs.safety_check()
        is_good = str(theirs) in ("qcow2", "raw", "gpt")
    except (format_inspector.ImageFormatError, format_inspector.SafetyCheckFailed):
        is_good = False

    if not is_good:
        assert code_of(file)


@needs_qemu_img
@pytest.mark.parametrize(
    ("option", "compress"),
    [
        *itertools.product(OPTIONS, (False, True)),
        ("preallocation=metadata", False),  # not together with compression
    ],
)
def test_whatever_qemu_img_makes_passes_whole_and_is_refused_cut_off(
    tmp_path: Path, file: Path, option: str, compress: bool
) -> None:
    raw = tmp_path / "raw"
    raw.write_bytes(a_raw_disk(3 * 1024**2 + 512) + bytes(range(256)) * 1024)
    command = ["qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-o", option, raw, file]
    if compress:
        command.insert(2, "-c")
    subprocess.run(command, check=True, capture_output=True)

    found = inspect(file, DiskFormat.QCOW2)

    assert found.virtual_size_bytes == raw.stat().st_size
    size_bytes = file.stat().st_size
    for kept in (size_bytes // 3, size_bytes // 2, size_bytes - 512):
        file.write_bytes(file.read_bytes()[:kept])
        assert code_of(file) in ("image-cut-off", "image-malformed")


@needs_qemu_img
def test_a_large_preallocated_image_is_looked_through(file: Path) -> None:
    command = ["qemu-img", "create", "-q", "-f", "qcow2", "-o", "preallocation=metadata"]
    subprocess.run([*command, file, "4G"], check=True)

    assert inspect(file, None).virtual_size_bytes == 4 * 1024**3


@needs_qemu_img
def test_an_overlay_and_an_image_with_a_data_file_are_refused(tmp_path: Path, file: Path) -> None:
    base = tmp_path / "base"
    create = ["qemu-img", "create", "-q", "-f", "qcow2"]
    subprocess.run([*create, base, "1M"], check=True)
    subprocess.run([*create, "-b", base, "-F", "qcow2", file], check=True)
    assert code_of(file) == "image-backing-file"

    outside = tmp_path / "outside"
    subprocess.run([*create, "-o", f"data_file={outside}", file, "1M"], check=True)
    assert code_of(file) == "image-data-file"
