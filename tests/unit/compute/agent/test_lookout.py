"""Looking again and again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.waiting import eventually
from vmctld.compute.agent import lookout
from vmctld.compute.agent.lookout import Lookout
from vmctld.errors import Unavailable

NEVER_S = 3600.0


def looked(
    until: Callable[[list[str]], bool], trouble: Exception | None = None, every_s: float = NEVER_S
) -> list[str]:
    """Return what was done by the time that ``until`` says is enough."""
    seen: list[str] = []

    def look() -> None:
        seen.append("look")
        if trouble is not None and seen.count("look") == 1:
            raise trouble

    watch = Lookout("test", look, every_s, first=lambda: seen.append("first"))
    watch.start()
    try:
        assert eventually(lambda: until(seen))
    finally:
        watch.stop()
    return seen


def test_what_comes_first_is_done_once_and_then_it_looks_at_once() -> None:
    assert looked(lambda seen: len(seen) > 1) == ["first", "look"]


def test_it_looks_without_being_told() -> None:
    assert len(looked(lambda seen: len(seen) > 3, every_s=0.01)) > 3


@pytest.mark.parametrize("trouble", [Unavailable("nobody answers"), OSError("no room")])
def test_a_look_that_failed_is_tried_again_soon(
    monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    monkeypatch.setattr(lookout, "AGAIN_S", 0.01)

    assert looked(lambda seen: len(seen) > 2, trouble)[:3] == ["first", "look", "look"]


def test_one_that_never_started_can_be_stopped() -> None:
    Lookout("test", lambda: None, NEVER_S).stop()
