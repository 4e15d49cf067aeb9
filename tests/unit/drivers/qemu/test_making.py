from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from vmctld.drivers.qemu import making
from vmctld.drivers.qemu.making import FileRecipe, Making, has_room
from vmctld.errors import Exhausted, HypervisorFailed


def a_recipe(path: Path, script: str) -> FileRecipe:
    """Return a recipe by shell; the part's name is ``$0``."""
    return FileRecipe("the thing", path, ["sh", "-c", script, str(FileRecipe.part_of(path))])


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"

    with Making(a_recipe(path, 'echo whole >"$0"')):
        absent_meanwhile = not path.exists()

    assert absent_meanwhile
    assert path.read_text() == "whole\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_part_of_an_earlier_daemon_is_not_written_over(tmp_path: Path) -> None:
    part = FileRecipe.part_of(tmp_path / "file")
    with part.open("w") as of_a_program_that_still_runs:
        with Making(a_recipe(tmp_path / "file", 'echo mine >"$0"')):
            pass
        of_a_program_that_still_runs.write("theirs")

    assert (tmp_path / "file").read_text() == "mine\n"


def test_a_program_that_fails_is_named_and_its_words_are_not(tmp_path: Path) -> None:
    with (
        pytest.raises(HypervisorFailed) as failure,
        Making(a_recipe(tmp_path / "file", "echo /secret/path; exit 3")),
    ):
        pass

    assert failure.value.facts == {"program": "sh", "exit_code": 3}
    assert "/secret/path" not in failure.value.message + failure.value.hint
    assert not (tmp_path / "file").exists()


def test_a_program_that_fails_on_a_full_disk_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "has_room", lambda directory: False)

    with pytest.raises(Exhausted) as failure, Making(a_recipe(tmp_path / "file", "exit 1")):
        pass

    assert failure.value.code == "disk-full"


def test_a_program_that_hangs_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "LIMIT_S", 0.1)

    with (
        pytest.raises(HypervisorFailed),
        Making(a_recipe(tmp_path / "file", "exec sleep 3600")),
    ):
        pass


def test_when_something_else_fails_the_program_is_not_waited_for(tmp_path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        Making(a_recipe(tmp_path / "file", "exec sleep 3600")),
    ):
        raise ZeroDivisionError

    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize(
    ("error", "room"), [(errno.ENOSPC, False), (errno.EDQUOT, False), (errno.EPERM, True)]
)
def test_a_disk_is_full_when_the_kernel_says_so(
    error: int, room: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(error, "no")

    monkeypatch.setattr(os, "posix_fallocate", refuse)

    assert has_room(tmp_path) is room
    assert list(tmp_path.iterdir()) == []


def test_a_disk_with_room_has_room(tmp_path: Path) -> None:
    assert has_room(tmp_path)
    assert list(tmp_path.iterdir()) == []
