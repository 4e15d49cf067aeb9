"""``image-upload`` and ``image-download``."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import grpc
import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import Failure, FakeCloud
from vmctl.v1 import image_pb2

BYTES = bytes(range(256)) * 10_000  # more than two chunks
SHA256 = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A file to upload."""
    disk = tmp_path / "disk.raw"
    disk.write_bytes(BYTES)
    return disk


def _pieces(content: bytes, sha256: str) -> list[image_pb2.DownloadImageResponse]:
    piece = image_pb2.DownloadImageResponse
    half = len(content) // 2
    first = piece(chunk=content[:half], sha256=sha256, size_bytes=len(content))
    return [first, piece(chunk=content[half:])]


def test_a_file_arrives_whole_with_its_description_and_hash(
    vmctl: Vmctl, cloud: FakeCloud, disk: Path
) -> None:
    result = vmctl(
        *("image-upload", "--file", str(disk), "--disk-format", "raw", "--min-disk", "1"),
        *("--min-ram", "96", "--public", "--protected", "--property", "os=none", "tiny"),
    )

    assert (result.code, result.err) == (0, "")
    assert cloud.uploaded == BYTES
    assert cloud.last(image_pb2.UploadEnd).sha256 == SHA256
    assert cloud.last(image_pb2.ImageDescription) == image_pb2.ImageDescription(
        name="tiny",
        disk_format="raw",
        min_disk_gib=1,
        min_ram_mib=96,
        visibility="public",
        protected=True,
        properties={"os": "none"},
        size_bytes=len(BYTES),
    )


def test_stdin_is_uploaded_without_a_size(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert vmctl("image-upload", "tiny", stdin=BYTES).code == 0

    assert cloud.uploaded == BYTES
    assert not cloud.last(image_pb2.ImageDescription).HasField("size_bytes")


def test_a_file_that_is_not_there_is_refused_before_anything_travels(
    vmctl: Vmctl, cloud: FakeCloud
) -> None:
    result = vmctl("image-upload", "--file", "/absent", "tiny")

    assert result.code == 2
    assert "Can't open '/absent'" in result.err
    assert cloud.calls == []


def test_a_file_that_cannot_be_read_to_its_end_leaves_no_image(
    vmctl: Vmctl, cloud: FakeCloud, tmp_path: Path
) -> None:
    result = vmctl("image-upload", "--file", str(tmp_path), "tiny")

    assert result.code == 2
    assert "Is a directory" in result.err


def test_a_file_that_fails_on_the_way_leaves_no_image(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("image-upload", "--file", "/proc/self/mem", "tiny")  # nothing is at its start

    assert result.code == 2
    assert "reading failed: [Errno 5]" in result.err


def test_a_refused_upload_ends_early(vmctl: Vmctl, cloud: FakeCloud, disk: Path) -> None:
    full = Failure(grpc.StatusCode.RESOURCE_EXHAUSTED, "store-full", "no room")
    cloud.fail("UploadImage", full)

    assert vmctl("image-upload", "--file", str(disk), "tiny").code == 6


def test_a_download_is_checked_and_appears_whole(
    vmctl: Vmctl, cloud: FakeCloud, tmp_path: Path
) -> None:
    cloud.answers["DownloadImage"] = _pieces(BYTES, SHA256)
    target = tmp_path / "got/tiny.raw"
    target.parent.mkdir()

    result = vmctl("image-download", "--file", str(target), "tiny")

    assert (result.code, result.out) == (0, "")
    assert target.read_bytes() == BYTES
    assert list(target.parent.iterdir()) == [target]


def test_a_damaged_download_leaves_what_was_there(
    vmctl: Vmctl, cloud: FakeCloud, tmp_path: Path
) -> None:
    cloud.answers["DownloadImage"] = _pieces(BYTES[:-1], SHA256)
    target = tmp_path / "got/tiny.raw"
    target.parent.mkdir()
    target.write_text("old")

    result = vmctl("image-download", "--file", str(target), "tiny", "-f", "json")

    assert result.code == 1
    assert json.loads(result.err)["error"]["code"] == "corrupted"
    assert target.read_text() == "old"
    assert list(target.parent.iterdir()) == [target]


def test_a_download_goes_to_stdout(vmctl: Vmctl, cloud: FakeCloud) -> None:
    text = b"not binary, for once"
    cloud.answers["DownloadImage"] = _pieces(text, hashlib.sha256(text).hexdigest())

    result = vmctl("image-download", "tiny")

    assert (result.code, result.out, result.err) == (0, text.decode(), "")


def test_a_place_that_cannot_be_written_is_told(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["DownloadImage"] = _pieces(BYTES, SHA256)

    result = vmctl("image-download", "--file", "/absent/tiny.raw", "tiny")

    assert result.code == 2
    assert "cannot write to /absent" in result.err
