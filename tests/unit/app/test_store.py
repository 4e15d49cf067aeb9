from __future__ import annotations

import threading
from pathlib import Path

from vmctld.app.store import StoreShare


def test_whoever_is_alone_may_clear_up_and_a_second_one_may_not(tmp_path: Path) -> None:
    first, second = StoreShare(tmp_path), StoreShare(tmp_path)

    assert first.is_mine_alone()
    first.share()
    assert not second.is_mine_alone()
    second.share()

    first.release()
    second.release()
    assert StoreShare(tmp_path).is_mine_alone()


def test_a_second_one_waits_until_the_first_has_cleared_up(tmp_path: Path) -> None:
    first, second = StoreShare(tmp_path), StoreShare(tmp_path)
    assert first.is_mine_alone()
    assert not second.is_mine_alone()
    has_begun = threading.Event()

    def begin() -> None:
        second.share()
        has_begun.set()

    thread = threading.Thread(target=begin)
    thread.start()
    assert not has_begun.is_set()
    first.share()

    assert has_begun.wait(10)
    thread.join()
    first.release()
    second.release()


def test_a_store_that_is_not_there_yet_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    share = StoreShare(tmp_path / "store")

    assert share.is_mine_alone()
    assert (tmp_path / "store").stat().st_mode & 0o777 == 0o700
    share.release()
