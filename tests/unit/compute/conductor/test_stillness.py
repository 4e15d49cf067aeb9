from __future__ import annotations

from tests.support.clock import FakeClock
from vmctld.compute.conductor.stillness import Stillness


def test_what_is_seen_first_was_still_for_no_time(clock: FakeClock) -> None:
    assert Stillness(clock.monotonic).seconds("thing", None) == 0


def test_what_stays_as_it_is_has_been_so_since_it_was_seen_first(clock: FakeClock) -> None:
    still = Stillness(clock.monotonic)
    still.seconds("thing", "red")
    clock.advance(5)
    still.seconds("thing", "red")
    clock.advance(5)

    assert still.seconds("thing", "red") == 10


def test_a_wall_clock_that_jumps_is_not_looked_at(clock: FakeClock) -> None:
    still = Stillness(clock.monotonic)
    still.seconds("thing", "red")
    clock.jump(days=3650)

    assert still.seconds("thing", "red") == 0


def test_a_change_begins_anew(clock: FakeClock) -> None:
    still = Stillness(clock.monotonic)
    still.seconds("thing", "red")
    clock.advance(5)

    assert still.seconds("thing", "blue") == 0


def test_what_was_not_looked_at_between_two_forgettings_begins_anew(clock: FakeClock) -> None:
    still = Stillness(clock.monotonic)
    still.seconds("thing", "red")
    still.forget_unseen()
    clock.advance(5)
    still.forget_unseen()

    assert still.seconds("thing", "red") == 0
