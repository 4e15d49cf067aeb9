"""What an installation does once in its life."""

from __future__ import annotations

import pytest

from tests.support.clock import NOON
from vmctld.storage.database import Database
from vmctld.storage.repositories import milestones


def test_a_milestone_is_reached_once(database: Database) -> None:
    with database.write() as tx:
        first = milestones.reach(tx, "first-network", NOON)
    with database.write() as tx:
        again, other = (milestones.reach(tx, name, NOON) for name in ("first-network", "other"))

    assert (first, again, other) == (True, False, True)


def test_one_that_failed_is_not_reached(database: Database) -> None:
    def fail() -> None:
        with database.write() as tx:
            milestones.reach(tx, "first-network", NOON)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    with database.write() as tx:
        assert milestones.reach(tx, "first-network", NOON)
