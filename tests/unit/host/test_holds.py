"""Which instance needs which file."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmctld.host.holds import Holds, is_held


@pytest.fixture
def holds(tmp_path: Path) -> Holds:
    return Holds(tmp_path / "holds")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    return path


def test_a_file_is_held_until_the_last_one_lets_go(holds: Holds, file: Path) -> None:
    assert not is_held(file)

    assert holds.hold("one", file)
    assert holds.hold("two", file)
    holds.release("one")
    assert is_held(file)

    holds.release("two")
    assert not is_held(file)


def test_holding_twice_is_holding_once(holds: Holds, file: Path) -> None:
    holds.hold("one", file)
    holds.hold("one", file)
    holds.release("one")

    assert not is_held(file)


def test_an_instance_holds_one_file_the_last_one_that_was_asked_for(
    holds: Holds, file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.touch()
    holds.hold("one", file)

    holds.hold("one", other)

    assert not is_held(file)
    assert is_held(other)


def test_what_is_not_there_cannot_be_held(holds: Holds, tmp_path: Path) -> None:
    absent = tmp_path / "absent"

    assert not holds.hold("one", absent)
    assert not is_held(absent)


def test_a_hold_is_no_longer_of_a_file_that_was_replaced(
    holds: Holds, file: Path, tmp_path: Path
) -> None:
    holds.hold("one", file)
    aside = file.rename(tmp_path / "aside")
    file.write_bytes(b"new")

    assert is_held(aside)
    assert holds.hold("one", file)
    assert is_held(file)
    assert not is_held(aside)


def test_letting_go_of_nothing_is_fine(holds: Holds) -> None:
    holds.release("one")


def test_holds_survive_a_restart(holds: Holds, file: Path, tmp_path: Path) -> None:
    holds.hold("one", file)

    Holds(tmp_path / "holds").release("one")

    assert not is_held(file)


def test_who_is_missed_twice_loses_the_hold_and_who_is_missed_once_does_not(
    holds: Holds, file: Path
) -> None:
    for name in ("alive", "gone", "new"):
        holds.hold(name, file)

    holds.release_all_but({"alive", "new"})
    holds.release_all_but({"alive"})

    assert sorted(path.name for path in (file.parent / "holds").iterdir()) == ["alive", "new"]
