"""qcow2 images: what the header may say, and what has to lie inside the file."""

from __future__ import annotations

import io

import pytest

from tests.support.disks import CLUSTER, Qcow2
from vmctld.errors import InvalidRequest
from vmctld.image.qcow2 import check_whole, read_header

EXTENDED = 1 << 4
COMPRESSED = 1 << 62


def look_at(content: bytes) -> None:
    file = io.BytesIO(content)
    check_whole(file, read_header(file), len(content))


def code_of(content: bytes) -> str:
    with pytest.raises(InvalidRequest) as refusal:
        look_at(content)
    return refusal.value.code


@pytest.mark.parametrize("version", [2, 3])
def test_a_plain_image_passes(version: int) -> None:
    header = read_header(io.BytesIO(bytes(Qcow2(version=version))))

    assert header.virtual_size_bytes == 1024**2
    look_at(bytes(Qcow2(version=version)))


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        (Qcow2(backing_offset=512), "image-backing-file"),
        (Qcow2(version=2, backing_offset=512), "image-backing-file"),
        (Qcow2(incompatible=1 << 2), "image-data-file"),
        (Qcow2(encryption=1), "image-encrypted"),
        (Qcow2(encryption=2), "image-encrypted"),
        (Qcow2(incompatible=1 << 5), "image-features-unknown"),
        (Qcow2(incompatible=1 << 63), "image-features-unknown"),
        (Qcow2(incompatible=1 << 1), "image-malformed"),
        (Qcow2(version=4), "image-format-unsupported"),
        (Qcow2(version=0), "image-format-unsupported"),
        (Qcow2(cluster_bits=8), "image-malformed"),
        (Qcow2(cluster_bits=22), "image-malformed"),
        (Qcow2(cluster_bits=13, incompatible=EXTENDED), "image-malformed"),
        (Qcow2(virtual_size_bytes=0), "image-malformed"),
        (Qcow2(l1_entries=0), "image-malformed"),
        (Qcow2(l1_entries=1 << 23), "image-malformed"),
        (Qcow2(virtual_size_bytes=1 << 30), "image-malformed"),
        (Qcow2(virtual_size_bytes=1 << 63), "image-malformed"),
        (Qcow2(l1_offset=0), "image-malformed"),
        (Qcow2(l1_offset=3 * CLUSTER + 8), "image-malformed"),
        (Qcow2(l1_offset=1 << 50), "image-cut-off"),
        (Qcow2(refcount_offset=1 << 50), "image-cut-off"),
        (Qcow2(refcount_clusters=1000), "image-cut-off"),
        (Qcow2(l2_offset=1 << 50), "image-cut-off"),
        (Qcow2(l2_offset=512), "image-malformed"),
        (Qcow2(data_entry=1 << 50 | 1 << 63), "image-cut-off"),
        (Qcow2(data_entry=6 * CLUSTER), "image-cut-off"),
        (Qcow2(data_entry=COMPRESSED | 6 * CLUSTER), "image-cut-off"),
    ],
)
def test_what_reaches_out_hides_or_is_not_there_is_refused(spoilt: Qcow2, code: str) -> None:
    assert code_of(bytes(spoilt)) == code


@pytest.mark.parametrize(
    "size_bytes", [8, 71, 103, 512, CLUSTER, 3 * CLUSTER, 5 * CLUSTER, 6 * CLUSTER - 1]
)
def test_a_file_that_is_cut_off_anywhere_is_refused(size_bytes: int) -> None:
    assert code_of(bytes(Qcow2())[:size_bytes]) in ("image-cut-off", "image-malformed")


def test_a_compressed_cluster_may_end_in_the_files_last_sector() -> None:
    whole = bytes(Qcow2(data_entry=COMPRESSED | 5 * CLUSTER + 100))

    look_at(whole[: 5 * CLUSTER + 512])
    look_at(whole[: 5 * CLUSTER + 101])


def test_a_compressed_cluster_of_several_sectors_is_there_up_to_its_last() -> None:
    three_more = 3 << 62 - (16 - 8)
    whole = bytes(Qcow2(data_entry=COMPRESSED | three_more | 5 * CLUSTER))

    look_at(whole[: 5 * CLUSTER + 4 * 512])
    assert code_of(whole[: 5 * CLUSTER + 3 * 512]) == "image-cut-off"


def test_of_a_cluster_in_32ths_those_that_are_used_have_to_be_there() -> None:
    first_three = 0b111
    whole = bytes(Qcow2(incompatible=EXTENDED, bitmap=first_three))

    look_at(whole[: 5 * CLUSTER + 3 * 2048])
    assert code_of(whole[: 5 * CLUSTER + 3 * 2048 - 1]) == "image-cut-off"


def test_tables_beyond_the_disk_are_not_walked() -> None:
    plain = Qcow2(l1_entries=4)  # room for a saved machine state, as QEMU leaves it

    look_at(bytes(plain))


def test_an_image_that_was_not_closed_is_taken() -> None:
    dirty = Qcow2(incompatible=1)  # its reference counts may be wrong; nobody reads them

    look_at(bytes(dirty))
