from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from vmctld.compute.cells import cells
from vmctld.errors import Exhausted, Internal, InvalidRequest, Unavailable
from vmctld.observe import failpoints
from vmctld.observe.failpoints import Phase, arm, copies, hit


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    arm("")


def test_nothing_strikes_unless_it_is_armed() -> None:
    hit("12", Phase.BEFORE)

    assert copies("12", Phase.BEFORE) == 1


@pytest.mark.parametrize(
    ("fate", "error"), [("raise", Internal), ("enospc", Exhausted), ("busy", Unavailable)]
)
def test_an_armed_point_fails_once(fate: str, error: type[Exception]) -> None:
    arm(f"step=7;phase=after-effect;do={fate}")

    with pytest.raises(error):
        hit("7", Phase.AFTER_EFFECT)

    hit("7", Phase.AFTER_EFFECT)


def test_other_points_and_phases_pass() -> None:
    arm("step=7;phase=after-effect;do=raise")

    hit("7", Phase.BEFORE)
    hit("8", Phase.AFTER_EFFECT)


def test_a_point_can_wait_for_its_turn() -> None:
    arm("step=7;phase=before;do=raise;n=3")
    hit("7", Phase.BEFORE)
    hit("7", Phase.BEFORE)

    with pytest.raises(Internal):
        hit("7", Phase.BEFORE)


def test_several_are_armed_at_once_and_a_new_spec_replaces_them() -> None:
    arm("step=7;phase=before;do=raise, step=8;phase=before;do=raise;seed=7")
    with pytest.raises(Internal):
        hit("8", Phase.BEFORE)

    arm("step=9;phase=before;do=raise")

    hit("7", Phase.BEFORE)


def test_a_hang_lasts_as_long_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    arm("step=7;phase=before;do=hang=2.5")

    hit("7", Phase.BEFORE)

    assert slept == [2.5]


def test_a_kill_is_sigkill_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr(failpoints.os, "kill", lambda *how: killed.append(how))
    arm("step=7;phase=before;do=kill")

    hit("7", Phase.BEFORE)

    assert killed == [(failpoints.os.getpid(), failpoints.signal.SIGKILL)]


@pytest.mark.parametrize(("fate", "number"), [("drop", 0), ("dup", 2)])
def test_a_message_is_lost_or_doubled(fate: str, number: int) -> None:
    arm(f"step=12;phase=before;do={fate}")

    assert copies("12", Phase.BEFORE) == number
    assert copies("12", Phase.BEFORE) == 1


def test_what_strikes_a_message_may_be_an_error() -> None:
    arm("step=12;phase=before;do=raise")

    with pytest.raises(Internal):
        copies("12", Phase.BEFORE)


@pytest.mark.parametrize(
    "spec",
    [
        "nonsense",
        "step=7",
        "step=7;phase=soon;do=kill",
        "step=7;phase=before;do=explode",
        "step=7;phase=before;do=kill;n=x",
        "step=7;phase=before;do=kill;when=now",
    ],
)
def test_what_cannot_be_read_is_refused(spec: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        arm(spec)

    assert refused.value.code == "invalid-failpoint"


def test_every_cell_of_the_matrix_can_be_armed() -> None:
    for cell in cells():
        arm(cell.spec)
