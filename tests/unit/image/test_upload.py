"""One image on its way in: kept whole, or thrown away without a trace."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.callers import a_caller
from tests.support.clock import FakeClock
from tests.support.disks import Qcow2, a_raw_disk
from tests.unit.image.conftest import UploadImage
from vmctld.domain.image import DiskFormat, ImageDescription, ImageStatus
from vmctld.domain.paging import Page
from vmctld.errors import (
    Conflict,
    Corrupted,
    Exhausted,
    InvalidRequest,
    Unavailable,
    VmctlError,
)
from vmctld.image.service import Images
from vmctld.image.upload import Upload
from vmctld.storage.database import Database, Tx

CONTENT = bytes(Qcow2())


def refusal_of(images: Images, feed: Callable[[Upload], object]) -> VmctlError:
    def attempt() -> None:
        with images.begin_upload(a_caller(), ImageDescription("tiny")) as one:
            feed(one)

    with pytest.raises(VmctlError) as refusal:
        attempt()
    return refusal.value


def leftovers(images: Images, store: Path) -> list[str]:
    records = [image.name for image in images.list_images(a_caller(), Page())]
    return records + sorted(path.name for path in store.iterdir())


def test_an_upload_becomes_an_active_image(
    images: Images, store: Path, upload: UploadImage
) -> None:
    image = upload(CONTENT)

    assert image.status is ImageStatus.ACTIVE
    assert image.disk_format is DiskFormat.QCOW2
    assert image.size_bytes == len(CONTENT)
    assert image.virtual_size_bytes == 1024**2
    assert image.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert (store / image.id).read_bytes() == CONTENT
    assert images.get_image(a_caller(), image.id) == image


def test_while_it_comes_the_image_can_be_seen_saving(images: Images, store: Path) -> None:
    with images.begin_upload(a_caller(), ImageDescription("tiny")) as one:
        one.write(b"abc")

        image = images.get_image(a_caller(), "tiny")

    assert image.status is ImageStatus.SAVING
    assert (image.size_bytes, image.sha256, image.disk_format) == (None, None, None)
    assert leftovers(images, store) == []


def test_bytes_that_changed_on_their_way_leave_nothing(images: Images, store: Path) -> None:
    def feed(one: Upload) -> None:
        one.write(CONTENT)
        one.finish(hashlib.sha256(b"other").hexdigest())

    refusal = refusal_of(images, feed)

    assert isinstance(refusal, Corrupted)
    assert refusal.code == "checksum-mismatch"
    assert leftovers(images, store) == []


def test_a_hash_in_upper_case_is_the_same_one(images: Images) -> None:
    with images.begin_upload(a_caller(), ImageDescription("tiny")) as one:
        one.write(CONTENT)
        assert one.finish(hashlib.sha256(CONTENT).hexdigest().upper())


def test_an_upload_without_a_hash_is_refused(images: Images, store: Path) -> None:
    refusal = refusal_of(images, lambda one: one.finish(""))

    assert refusal.code == "checksum-missing"
    assert leftovers(images, store) == []


@pytest.mark.parametrize(
    ("content", "claimed", "code"),
    [
        (b"", "", "image-empty"),
        (CONTENT[: len(CONTENT) // 2], "", "image-cut-off"),
        (bytes(Qcow2(backing_offset=512)), "qcow2", "image-backing-file"),
        (bytes(Qcow2(incompatible=4)), "qcow2", "image-data-file"),
        (CONTENT, "raw", "image-format-mismatch"),
        (a_raw_disk(), "qcow2", "image-format-mismatch"),
        (b"\x1f\x8b\x08\0", "", "image-format-unsupported"),
    ],
)
def test_what_the_inspector_refuses_leaves_nothing(
    images: Images, store: Path, upload: UploadImage, content: bytes, claimed: str, code: str
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        upload(content, disk_format=claimed)

    assert refusal.value.code == code
    assert leftovers(images, store) == []


def test_a_full_disk_leaves_nothing(
    images: Images, store: Path, upload: UploadImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(Exhausted) as refusal:
        upload(CONTENT)

    assert refusal.value.code == "disk-full"
    assert leftovers(images, store) == []


def test_an_upload_that_cannot_be_recorded_leaves_nothing(
    images: Images, store: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_work: object) -> None:
        raise Unavailable("the database does not answer")

    monkeypatch.setattr(database, "run", away)

    with pytest.raises(Unavailable):
        images.begin_upload(a_caller(), ImageDescription("tiny"))

    assert leftovers(images, store) == []


def test_a_sender_that_breaks_off_leaves_nothing(images: Images, store: Path) -> None:
    def break_off(one: Upload) -> None:
        one.write(CONTENT)
        raise Unavailable("the caller has gone")

    refusal_of(images, break_off)

    assert leftovers(images, store) == []


def test_an_endless_sender_is_stopped(database: Database, store: Path) -> None:
    images = Images(database, store, max_bytes=1000)

    def never_end(one: Upload) -> None:
        while True:
            one.write(bytes(300))

    refusal = refusal_of(images, never_end)

    assert refusal.code == "image-too-large"
    assert leftovers(images, store) == []


def test_an_image_deleted_while_it_came_stays_deleted(images: Images, store: Path) -> None:
    def feed(one: Upload) -> None:
        one.write(CONTENT)
        images.delete_image(a_caller(), "tiny")
        one.finish(hashlib.sha256(CONTENT).hexdigest())

    refusal = refusal_of(images, feed)

    assert isinstance(refusal, Conflict)
    assert refusal.code == "image-deleted"
    assert leftovers(images, store) == []


def test_when_nobody_knows_whether_it_was_recorded_the_next_start_settles_it(
    images: Images, store: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_work: object) -> None:
        raise Unavailable("the database does not answer")

    def commit_and_hang_up(work: Callable[[Tx], object]) -> None:
        with database.write() as tx:
            work(tx)
        away(work)

    def feed(one: Upload) -> None:
        one.write(CONTENT)
        monkeypatch.setattr(database, "run", commit_and_hang_up)
        try:
            one.finish(hashlib.sha256(CONTENT).hexdigest())
        finally:
            monkeypatch.setattr(database, "run", away)

    refusal_of(images, feed)
    monkeypatch.undo()

    Images(database, store).recover()

    image = images.get_image(a_caller(), "tiny")
    assert image.status is ImageStatus.ACTIVE
    assert (store / image.id).read_bytes() == CONTENT


def test_what_a_crash_left_is_removed_at_the_next_start(
    images: Images, store: Path, database: Database, upload: UploadImage, clock: FakeClock
) -> None:
    whole = upload(CONTENT, name="whole")
    (store / "file-of-no-image").write_bytes(b"abc")
    restarted = Images(database, store, clock=clock)

    with images.begin_upload(a_caller(), ImageDescription("half")) as crashed:
        crashed.write(b"abc")
        removed = restarted.recover()

    assert len(removed) == 2
    assert leftovers(restarted, store) == ["whole", whole.id]
    assert restarted.recover() == []
