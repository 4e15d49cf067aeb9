"""How a file is known again that was verified before."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from vmctld.host.verified import has_sha256, read_stamp, stamp_of, write_stamp


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    return path


def test_a_kept_stamp_is_the_files_as_long_as_nobody_touches_it(file: Path) -> None:
    stamp = stamp_of(file)
    assert stamp is not None

    write_stamp(file, stamp)

    assert read_stamp(file) == stamp_of(file)
    assert file.with_name("file.verified").stat().st_mode & 0o777 == 0o600


def test_writing_to_a_file_changes_its_stamp(file: Path) -> None:
    before = stamp_of(file)
    with file.open("r+b") as opened:
        opened.write(b"x")
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1))

    assert stamp_of(file) != before


def test_another_file_in_its_place_has_another_stamp(file: Path) -> None:
    before = stamp_of(file)
    found = file.stat()
    other = file.with_name("other")
    other.write_bytes(b"abd")
    os.utime(other, ns=(found.st_atime_ns, found.st_mtime_ns))

    other.replace(file)

    assert stamp_of(file) != before


def test_what_is_not_there_has_no_stamp(tmp_path: Path) -> None:
    assert stamp_of(tmp_path / "absent") is None
    assert read_stamp(tmp_path / "absent") is None


@pytest.mark.parametrize("kept", ["", "1 2", "1 2 three", "1 2 3 4"])
def test_half_a_stamp_is_none(file: Path, kept: str) -> None:
    file.with_name("file.verified").write_text(kept)

    assert read_stamp(file) is None


def test_a_files_hash_is_told_right_from_wrong(file: Path) -> None:
    assert has_sha256(file, hashlib.sha256(b"abc").hexdigest())
    assert not has_sha256(file, hashlib.sha256(b"abd").hexdigest())
