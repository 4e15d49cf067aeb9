"""A clock that never goes back."""

from __future__ import annotations

from datetime import timedelta

from tests.support.clock import NOON, FakeClock
from vmctld.identity.forward_clock import ForwardClock


def test_it_shows_the_wall_clocks_time(clock: FakeClock) -> None:
    forward = ForwardClock(clock, clock.monotonic)
    clock.advance(90)

    assert forward() == NOON + timedelta(seconds=90)


def test_after_the_wall_clock_was_set_back_it_goes_on_at_the_same_pace(clock: FakeClock) -> None:
    forward = ForwardClock(clock, clock.monotonic)
    forward()

    clock.jump(days=-3650)
    clock.advance(30)

    assert forward() == NOON + timedelta(seconds=30)


def test_it_follows_the_wall_clock_forward(clock: FakeClock) -> None:
    forward = ForwardClock(clock, clock.monotonic)

    clock.jump(hours=1)

    assert forward() == NOON + timedelta(hours=1)


def test_it_goes_on_from_a_later_mark_and_ignores_an_earlier_one(clock: FakeClock) -> None:
    forward = ForwardClock(clock, clock.monotonic)
    forward.not_before(NOON + timedelta(days=1))
    forward.not_before(NOON - timedelta(days=1))

    clock.advance(5)

    assert forward() == NOON + timedelta(days=1, seconds=5)
