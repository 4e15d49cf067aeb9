from __future__ import annotations

from tests.support.cloud import eventually
from vmctld.app.housekeeping import Chore, Housekeeping


def test_each_chore_is_done_when_its_time_has_come_again_and_again() -> None:
    done: list[str] = []
    house = Housekeeping(
        [
            Chore("often", 0.001, lambda: done.append("often")),
            Chore("never", 3600.0, lambda: done.append("never")),
        ]
    )

    house.start()
    eventually(lambda: len(done) > 2, "it was done several times")
    house.stop()

    assert set(done) == {"often"}


def test_a_chore_that_fails_keeps_no_other_from_being_done() -> None:
    done: list[str] = []

    def fail() -> None:
        done.append("failed")
        raise ValueError("a bug")

    house = Housekeeping(
        [Chore("bad", 0.001, fail), Chore("good", 0.001, lambda: done.append("good"))]
    )

    house.start()
    eventually(lambda: "good" in done and done.count("failed") > 1, "both were done")
    house.stop()


def test_a_house_without_chores_ends_too() -> None:
    house = Housekeeping([])

    house.start()
    house.stop()
