"""The kill matrix: the daemon fails at a point of a boot or a deletion, and nothing is wrong."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.crash import matrix
from tests.crash.trial import Outcome
from tests.crash.walk import TRIPS, way_past
from vmctld.compute.cells import TASK_PARTS, cells
from vmctld.observe.failpoints import Fate

EVERY_KILL = 3
SAMPLE = {Fate.RAISE: 11, Fate.ENOSPC: 9, Fate.BUSY: 9, Fate.DUP: 5}
"""Every so many cells; odd, for most points have two phases, and both shall be met."""
LONG_HANG_S = 40  # longer than a part waits for another's answer
HANGING = (
    "step=14;phase=before",
    "step=16;phase=before",
    "step=delete:destroy-machine;phase=before",
    "step=delete:free;phase=before",
)
QEMU_SAMPLE = (
    "step=7;phase=after-record;do=kill",
    "step=28;phase=after-effect;do=kill",
    "step=delete:destroy-machine;phase=after-effect;do=kill",
)


def specs_of(fate: Fate) -> list[str]:
    return [cell.spec for cell in cells() if not cell.reason and cell.fate is fate]


def told(failures: Sequence[Outcome]) -> str:
    return "\n".join(
        f'{violation}\n    again: make crash CELLS="{outcome.spec}"'
        for outcome in failures
        for violation in outcome.violations
    )


def check(specs: Sequence[str], driver: str = "fake", strikes: int = 1) -> None:
    summary = matrix.run(specs, driver, strikes=strikes)

    assert summary.failures == [], told(summary.failures)
    active, due = summary.resumed
    assert active >= due * matrix.RESUMED_AT_LEAST


def test_a_daemon_killed_here_and_there_leaves_nothing_and_resumes_everything() -> None:
    check(specs_of(Fate.KILL)[::EVERY_KILL])


def test_a_daemon_that_fails_here_and_there_otherwise_leaves_nothing() -> None:
    check([spec for fate, every in SAMPLE.items() for spec in specs_of(fate)[::every]])


def test_a_daemon_killed_around_a_real_machine_leaves_nothing() -> None:
    check(QEMU_SAMPLE, "qemu")


def test_every_cell_is_struck_or_says_why_it_has_no_meaning() -> None:
    every = list(cells())

    assert len({(cell.point, cell.phase, cell.fate) for cell in every}) == len(every)
    assert {cell.point for cell in every} >= {str(number) for number in range(1, 29)}
    assert len(matrix.chosen("")) + len(matrix.without_meaning()) == len(every)


@pytest.mark.parametrize("part", TASK_PARTS)
def test_a_trial_walks_past_each_part_of_an_action_and_comes_back(part: str) -> None:
    way = way_past(f"action:{part}")

    assert any(part in leg.parts for leg in way)
    assert way[-1].statuses == ("ACTIVE",)


def test_what_every_action_passes_is_tried_with_each_of_them() -> None:
    assert way_past("action:accept") == tuple(leg for trip in TRIPS for leg in trip)


@pytest.mark.long
@pytest.mark.parametrize("fate", Fate)
def test_every_cell_of_every_fate_leaves_nothing(fate: Fate) -> None:
    check(specs_of(fate))


@pytest.mark.long
def test_a_daemon_killed_anywhere_around_a_real_spawn_leaves_nothing() -> None:
    check([spec for spec in specs_of(Fate.KILL) if spec.startswith("step=28;")], "qemu")


@pytest.mark.long
def test_a_daemon_that_dies_of_recovering_leaves_nothing_when_it_no_longer_does() -> None:
    check(specs_of(Fate.KILL), strikes=3)


@pytest.mark.long
@pytest.mark.parametrize("point", HANGING)
def test_a_part_that_hangs_for_longer_than_others_wait_is_survived(point: str) -> None:
    check([f"{point};do=hang={LONG_HANG_S}"])
