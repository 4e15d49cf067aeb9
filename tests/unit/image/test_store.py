"""The files of images."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from vmctld.errors import Corrupted, Exhausted
from vmctld.image.store import CHUNK_BYTES, ImageStore


@pytest.fixture
def files(store: Path) -> ImageStore:
    return ImageStore(store)


def kept(files: ImageStore, image_id: str, content: bytes) -> None:
    file = files.begin(image_id)
    file.write(content)
    file.finish()
    file.keep()


def test_a_kept_file_is_there_whole_and_for_the_daemon_alone(
    files: ImageStore, store: Path
) -> None:
    content = os.urandom(CHUNK_BYTES + 5)

    kept(files, "one", content)

    assert (store / "one").read_bytes() == content
    assert (store / "one").stat().st_mode & 0o777 == 0o600
    assert store.stat().st_mode & 0o777 == 0o700
    assert b"".join(files.read("one", 0, len(content))) == content
    assert b"".join(files.read("one", 7, len(content))) == content[7:]


def test_a_file_is_hashed_and_counted_as_it_is_written(files: ImageStore) -> None:
    file = files.begin("one")
    file.write(b"ab")
    file.write(b"c")

    assert file.sha256 == hashlib.sha256(b"abc").hexdigest()
    assert file.size_bytes == 3
    file.discard_part()


def test_an_unfinished_file_is_beside_its_place_and_goes_without_a_trace(
    files: ImageStore, store: Path
) -> None:
    file = files.begin("one")
    file.write(b"abc")
    assert [path.name for path in store.iterdir()] == ["one.part"]

    file.discard_part()
    file.discard_whole()

    assert list(store.iterdir()) == []


def test_a_large_file_is_brought_to_the_disk_step_by_step(
    files: ImageStore, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    fdatasync = os.fdatasync

    def spy(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_size)
        fdatasync(descriptor)

    monkeypatch.setattr("vmctld.image.store.WRITE_THROUGH_BYTES", 1000)
    monkeypatch.setattr(os, "fdatasync", spy)

    kept(files, "one", b"x" * 999)
    assert synced == []
    file = files.begin("two")
    for _ in range(5):
        file.write(b"y" * 600)
    file.finish()
    file.keep()

    assert synced == [1200, 2400]
    assert (store / "two").read_bytes() == b"y" * 3000


def test_a_full_disk_is_called_that(files: ImageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = files.begin("one")
    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(Exhausted) as refusal:
        file.finish()

    assert refusal.value.code == "disk-full"
    file.discard_part()


def test_other_faults_of_the_disk_are_not_called_full(
    files: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    file = files.begin("one")
    monkeypatch.setattr(os, "fsync", broken)

    with pytest.raises(OSError, match="Input/output"):
        file.finish()
    file.discard_part()


def test_more_than_the_disk_has_is_refused_beforehand(files: ImageStore) -> None:
    files.check_room(1)

    with pytest.raises(Exhausted) as refusal:
        files.check_room(1 << 60)

    assert refusal.value.code == "disk-full"
    assert refusal.value.facts["size_bytes"] == 1 << 60


def test_a_file_that_is_gone_or_has_another_size_is_damaged(files: ImageStore, store: Path) -> None:
    kept(files, "one", b"abc")
    with pytest.raises(Corrupted) as short:
        next(files.read("one", 0, 4))
    with pytest.raises(Corrupted) as gone:
        next(files.read("two", 0, 4))

    assert short.value.code == gone.value.code == "image-file-damaged"


def test_files_of_no_image_are_removed(files: ImageStore, store: Path) -> None:
    for name in ("one", "two"):
        kept(files, name, b"abc")
    unfinished = files.begin("three")

    removed = files.remove_all_but({"one"})

    assert removed == ["three.part", "two"]
    assert [path.name for path in store.iterdir()] == ["one"]
    unfinished.discard_part()


def test_removing_what_is_gone_is_fine(files: ImageStore) -> None:
    files.remove("one")
