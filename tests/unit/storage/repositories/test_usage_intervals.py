from __future__ import annotations

from datetime import timedelta

from tests.support.clock import NOON
from tests.support.instances import an_instance, keep
from vmctld.compute.placing import claims_of
from vmctld.domain.usage import Interval
from vmctld.storage.database import Database
from vmctld.storage.repositories import usage_intervals

HOUR = timedelta(hours=1)


def test_an_interval_begins_once_and_ends_once(database: Database) -> None:
    instance = an_instance()
    keep(database, instance)
    with database.write() as tx:
        for hours in (0, 1):
            usage_intervals.begin(tx, instance, claims_of(instance), NOON + hours * HOUR)
        for hours in (2, 3):
            usage_intervals.end(tx, instance.id, NOON + hours * HOUR)

        found = usage_intervals.between(tx, NOON - HOUR, NOON + 9 * HOUR)

    assert found == [
        Interval(instance.id, "web", "demo", "m1.nano", 1, 128, 1, NOON, NOON + 2 * HOUR)
    ]


def test_only_what_touches_the_period_is_found(database: Database) -> None:
    instance = an_instance()
    keep(database, instance)
    with database.write() as tx:
        usage_intervals.begin(tx, instance, claims_of(instance), NOON)
        usage_intervals.end(tx, instance.id, NOON + HOUR)

        def count(begun: int, ended: int, project: str | None = None) -> int:
            period = (NOON + begun * HOUR, NOON + ended * HOUR)
            return len(usage_intervals.between(tx, *period, project))

        assert (count(-2, 0), count(1, 2), count(0, 1), count(-9, 9)) == (0, 0, 1, 1)
        assert (count(0, 1, "demo"), count(0, 1, "other")) == (1, 0)
