"""What a host enforces is kept the same as what the network service says."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from tests.support.waiting import eventually
from vmctld.compute.agent import guarding, lookout
from vmctld.compute.agent.guarding import Guarding
from vmctld.domain.firewall import GuardBook
from vmctld.errors import Unavailable


class Source:
    """A network service whose book has a number of changes."""

    def __init__(self) -> None:
        self.changes = 1
        self.asked: list[str] = []
        self.before_answer: Callable[[], None] = lambda: None
        self.down = False

    def book(self, digest: str) -> GuardBook | None:
        self.asked.append(digest)
        if self.down:
            raise Unavailable("nobody answers")
        now = str(self.changes)
        self.before_answer()
        return None if digest == now else GuardBook(now, {}, {})


class Walls:
    """What is enforced, by its digest."""

    def __init__(self) -> None:
        self.enforced: list[str] = []
        self.complete = True
        self.broken = False

    def enforce(self, book: GuardBook) -> bool:
        if self.broken:
            raise OSError("no room for rules")
        self.enforced.append(book.digest)
        return self.complete


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def walls() -> Walls:
    return Walls()


def test_what_is_enforced_is_not_enforced_again(source: Source, walls: Walls) -> None:
    keeper = Guarding(source, walls)

    for _ in range(3):
        keeper.look()
    source.changes += 1
    keeper.look()

    assert walls.enforced == ["1", "2"]
    assert source.asked == ["", "1", "1", "1"]


def test_a_port_that_came_has_everything_looked_at(source: Source, walls: Walls) -> None:
    keeper = Guarding(source, walls)
    keeper.look()

    keeper.plugged()
    keeper.look()

    assert walls.enforced == ["1", "1"]


def test_a_port_that_comes_during_a_look_is_not_taken_for_seen(
    source: Source, walls: Walls
) -> None:
    keeper = Guarding(source, walls)
    source.before_answer = keeper.plugged

    keeper.look()
    source.before_answer = lambda: None
    keeper.look()

    assert source.asked == ["", ""]


def test_what_was_not_all_enforced_is_tried_again(source: Source, walls: Walls) -> None:
    keeper = Guarding(source, walls)
    walls.complete = False
    keeper.look()
    walls.complete = True
    keeper.look()
    keeper.look()

    assert walls.enforced == ["1", "1"]


def test_it_looks_when_it_starts_and_when_it_is_told(source: Source, walls: Walls) -> None:
    keeper = Guarding(source, walls)
    keeper.start()
    try:
        assert eventually(lambda: walls.enforced == ["1"])
        source.changes += 1
        keeper.nudge()
        assert eventually(lambda: walls.enforced == ["1", "2"])
    finally:
        keeper.stop()
    assert "guarding" not in {thread.name for thread in threading.enumerate()}


def test_a_lost_message_is_made_up_for_by_the_next_round(
    source: Source, walls: Walls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "EVERY_S", 0.01)
    keeper = Guarding(source, walls)
    keeper.start()
    try:
        assert eventually(lambda: walls.enforced == ["1"])
        source.changes += 1  # and nobody says so
        assert eventually(lambda: walls.enforced == ["1", "2"])
    finally:
        keeper.stop()


@pytest.mark.parametrize("trouble", ["source", "walls"])
def test_after_a_failure_it_goes_on_looking(
    source: Source, walls: Walls, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(lookout, "AGAIN_S", 0.01)
    source.down, walls.broken = trouble == "source", trouble == "walls"
    keeper = Guarding(source, walls)
    keeper.start()
    try:
        assert eventually(lambda: len(source.asked) > 2)
        source.down = walls.broken = False
        assert eventually(lambda: walls.enforced == ["1"])
    finally:
        keeper.stop()


def test_one_that_was_never_started_is_stopped_all_the_same(source: Source, walls: Walls) -> None:
    Guarding(source, walls).stop()

    assert source.asked == []
