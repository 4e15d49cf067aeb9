from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from vmctld.app.lock import NAME, StateLock
from vmctld.errors import Unavailable


def test_the_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    state_dir = tmp_path / "deep" / "state"

    StateLock(state_dir).release()

    assert stat.S_IMODE(state_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((state_dir / NAME).stat().st_mode) == 0o600


def test_a_second_daemon_is_told_who_was_first(tmp_path: Path) -> None:
    first = StateLock(tmp_path)

    with pytest.raises(Unavailable) as refused:
        StateLock(tmp_path)

    assert refused.value.code == "state-dir-in-use"
    assert refused.value.facts == {"pid": str(os.getpid())}
    first.release()


def test_the_next_daemon_gets_the_directory_and_leaves_its_own_pid(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("999999999999\n")

    lock = StateLock(tmp_path)

    assert (tmp_path / NAME).read_text() == f"{os.getpid()}\n"
    lock.release()
    StateLock(tmp_path).release()


def test_a_directory_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()

    with pytest.raises(Unavailable) as refused:
        StateLock(in_the_way / "state")

    assert refused.value.code == "state-dir-unusable"
    assert "--state-dir" in refused.value.hint
