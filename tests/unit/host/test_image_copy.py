"""A copy of an image, made beside its place; one that broke off is gone on with."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.host.test_imagecache import CONTENT, an_image
from vmctld.errors import Corrupted, Exhausted, TimedOut, Unavailable
from vmctld.host.image_copy import fetch, read_file
from vmctld.observe.context import bind


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "copy.part"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy"


class Source:
    """Gives the image's bytes, and breaks off after some of them as often as told."""

    def __init__(self, breaks_at: list[int], content: bytes = CONTENT) -> None:
        self.asked: list[int] = []
        self._breaks_at = breaks_at
        self._content = content

    def __call__(self, offset_bytes: int) -> Iterator[bytes]:
        self.asked.append(offset_bytes)
        if not self._breaks_at:
            yield self._content[offset_bytes:]
            return
        yield self._content[offset_bytes : self._breaks_at.pop(0)]
        raise Unavailable("the connection broke")


def test_a_connection_that_breaks_is_gone_on_with_where_it_broke(part: Path, copy: Path) -> None:
    source = Source([1000, 5000])

    fetch(part, copy, an_image(), source)

    assert source.asked == [0, 1000, 5000]
    assert copy.read_bytes() == CONTENT
    assert not part.exists()


def test_one_that_breaks_again_and_again_is_given_up_and_its_part_kept(
    part: Path, copy: Path
) -> None:
    with pytest.raises(Unavailable):
        fetch(part, copy, an_image(), Source([1000, 2000, 3000]))

    assert part.read_bytes() == CONTENT[:3000]
    assert not copy.exists()


def test_a_later_boot_goes_on_with_the_part_that_is_there(part: Path, copy: Path) -> None:
    part.write_bytes(CONTENT[:3000])
    source = Source([])

    fetch(part, copy, an_image(), source)

    assert source.asked == [3000]
    assert copy.read_bytes() == CONTENT


def test_a_part_that_is_wrong_is_fetched_from_the_beginning(part: Path, copy: Path) -> None:
    part.write_bytes(b"wrong")
    source = Source([])

    fetch(part, copy, an_image(), source)

    assert source.asked == [5, 0]
    assert copy.read_bytes() == CONTENT


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"x", b"", CONTENT[:-1] + b"x"])
def test_bytes_that_are_not_the_images_leave_nothing(
    part: Path, copy: Path, content: bytes
) -> None:
    with pytest.raises(Corrupted) as refusal:
        fetch(part, copy, an_image(), Source([], content))

    assert refusal.value.code == "checksum-mismatch"
    assert not part.exists()
    assert not copy.exists()


def test_a_build_whose_time_is_up_stops_fetching(part: Path, copy: Path) -> None:
    with bind(timeout_s=0), pytest.raises(TimedOut):
        fetch(part, copy, an_image(), Source([]))


def test_a_full_disk_is_called_that_and_leaves_nothing(part: Path, copy: Path) -> None:
    def full(_offset_bytes: int) -> Iterator[bytes]:
        yield b"some"
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(Exhausted) as refusal:
        fetch(part, copy, an_image(), full)

    assert refusal.value.code == "disk-full"
    assert not part.exists()


def test_other_faults_of_the_disk_are_not_called_full(
    part: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)

    with pytest.raises(OSError, match="Input/output"):
        fetch(part, copy, an_image(), Source([]))


def test_an_empty_record_is_never_right(part: Path, copy: Path) -> None:
    with pytest.raises(Corrupted):
        fetch(part, copy, replace(an_image(), sha256=None), Source([]))


def test_a_file_is_read_from_an_offset_on(tmp_path: Path) -> None:
    file = tmp_path / "image"
    file.write_bytes(CONTENT)

    assert b"".join(read_file(file, 0)) == CONTENT
    assert b"".join(read_file(file, 1000)) == CONTENT[1000:]
