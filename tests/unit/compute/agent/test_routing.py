"""A host's routers are kept the same as what the network service says."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.support.routers import a_plan
from tests.support.waiting import eventually
from vmctld.compute.agent import lookout, routing
from vmctld.compute.agent.routing import Routing
from vmctld.domain.router import RouterPlan
from vmctld.errors import Unavailable


class Source:
    """A network service with one answer at a time."""

    def __init__(self) -> None:
        self.digest, self.plans = "1", (a_plan(),)
        self.asked: list[tuple[str, str]] = []
        self.down = False

    def plans_for(self, host: str, known: str) -> tuple[str, tuple[RouterPlan, ...] | None]:
        self.asked.append((host, known))
        if self.down:
            raise Unavailable("nobody answers")
        return self.digest, None if known == self.digest else self.plans


class Boxes:
    """Routers that are only remembered."""

    def __init__(self) -> None:
        self.made: list[Sequence[RouterPlan]] = []
        self.mended = 0
        self.whole = True

    def make(self, plans: Sequence[RouterPlan]) -> bool:
        self.made.append(plans)
        return self.whole

    def mend(self) -> bool:
        self.mended += 1
        return self.whole


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def boxes() -> Boxes:
    return Boxes()


def test_what_is_made_is_not_made_again(source: Source, boxes: Boxes) -> None:
    keeper = Routing("a", source, boxes)

    keeper.look()
    keeper.look()

    assert source.asked == [("a", ""), ("a", "1")]
    assert boxes.made == [source.plans]
    assert boxes.mended == 0


def test_what_changed_is_made(source: Source, boxes: Boxes) -> None:
    keeper = Routing("a", source, boxes)
    keeper.look()
    source.digest, source.plans = "2", ()

    keeper.look()

    assert boxes.made[-1] == ()


def test_what_could_not_be_made_is_tried_again(source: Source, boxes: Boxes) -> None:
    keeper = Routing("a", source, boxes)
    boxes.whole = False
    keeper.look()
    keeper.look()
    boxes.whole = True

    keeper.look()
    keeper.look()

    assert boxes.mended == 2


def test_a_network_that_has_come_gets_its_router(source: Source, boxes: Boxes) -> None:
    keeper = Routing("a", source, boxes)
    keeper.look()

    keeper.new_network()
    keeper.look()

    assert boxes.mended == 1


def test_what_somebody_took_away_is_made_again(
    source: Source, boxes: Boxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routing, "MEND_S", 0.0)
    keeper = Routing("a", source, boxes)
    keeper.look()

    keeper.look()

    assert boxes.mended == 1


def test_routers_are_made_from_memory_while_nobody_answers_and_anew_when_told(
    source: Source, boxes: Boxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "AGAIN_S", 0.01)
    source.down = True
    keeper = Routing("a", source, boxes)

    keeper.start()
    try:
        assert eventually(lambda: boxes.mended >= 1 and len(source.asked) >= 2, 10)
        source.down = False
        keeper.nudge()
        assert eventually(lambda: boxes.made == [source.plans], 10)
    finally:
        keeper.stop()
