"""Storms: everything goes wrong at once, and when it is over nothing is lost or left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.ground import Ground
from tests.simulation.storm import storm

SEEDS = range(16)
MANY_SEEDS = range(1000, 1300)


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with Ground() as ground:
        yield ground


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_leaked_or_done_twice_in_a_storm(ground: Ground, seed: int) -> None:
    outcome = storm(seed, ground)

    assert outcome.violations == [], f"replay: make simulate SEED={seed}"


def test_a_storm_can_be_replayed(ground: Ground) -> None:
    first, again = storm(3, ground), storm(3, ground)

    assert (again.boots, again.crashes, again.states) == (
        first.boots,
        first.crashes,
        first.states,
    )


@pytest.mark.long
@pytest.mark.parametrize("seed", MANY_SEEDS)
def test_nothing_is_lost_leaked_or_done_twice_in_many_storms(ground: Ground, seed: int) -> None:
    outcome = storm(seed, ground)

    assert outcome.violations == [], f"replay: make simulate SEED={seed}"
