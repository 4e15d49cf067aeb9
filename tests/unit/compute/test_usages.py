from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.clock import NOON, FakeClock
from tests.support.instances import an_instance, keep
from vmctld.compute.placing import claims_of
from vmctld.compute.usages import Usages
from vmctld.domain.flavor import Flavor
from vmctld.domain.instance import Instance
from vmctld.errors import Forbidden, InvalidRequest
from vmctld.storage.database import Database
from vmctld.storage.repositories import usage_intervals

HOUR = timedelta(hours=1)
BIG = Flavor("3", "m1.medium", 2, 4096, 40)
DAY = (NOON - timedelta(hours=12), NOON + timedelta(hours=12))


@pytest.fixture
def usages(database: Database, clock: FakeClock) -> Usages:
    return Usages(database, clock)


def _used(database: Database, begun_h: float, ended_h: float | None, **changes: str) -> Instance:
    """Keep a server that ran from and until so many hours after noon."""
    instance = an_instance(**changes)
    keep(database, instance)
    with database.write() as tx:
        usage_intervals.begin(tx, instance, claims_of(instance), NOON + begun_h * HOUR)
        if ended_h is not None:
            usage_intervals.end(tx, instance.id, NOON + ended_h * HOUR)
    return instance


def test_a_servers_hours_count_from_its_build_to_its_end(
    usages: Usages, database: Database, clock: FakeClock
) -> None:
    clock.advance(10 * 3600)
    _used(database, 1, 3.5)

    used = usages.get(a_caller(), "", *DAY)

    assert (used.project_id, used.servers) == ("demo", 1)
    assert (used.cpu_hours, used.ram_mib_hours, used.disk_gib_hours) == (2.5, 320.0, 2.5)


def test_what_lives_has_been_used_up_to_now_and_no_further(
    usages: Usages, database: Database, clock: FakeClock
) -> None:
    clock.advance(4 * 3600)
    _used(database, 1, None)

    assert usages.get(a_caller(), "", *DAY).cpu_hours == 3.0


def test_only_what_lies_in_the_period_counts(
    usages: Usages, database: Database, clock: FakeClock
) -> None:
    clock.advance(100 * 3600)
    _used(database, -100, 100)
    _used(database, 20, 30)

    used = usages.get(a_caller(), "", *DAY)

    assert (used.servers, used.cpu_hours) == (1, 24.0)


def test_a_server_that_was_resized_counts_once_and_each_size_for_its_time(
    usages: Usages, database: Database, clock: FakeClock
) -> None:
    clock.advance(10 * 3600)
    instance = _used(database, 0, None)
    larger = replace(instance, flavor=BIG)
    with database.write() as tx:
        usage_intervals.change(tx, larger, claims_of(larger), NOON + 4 * HOUR)

    used = usages.get(a_caller(), "", *DAY)

    assert (used.servers, used.cpu_hours) == (1, 4 * 1 + 6 * 2)


def test_all_projects_that_used_anything_are_listed_for_admins(
    usages: Usages, database: Database, clock: FakeClock
) -> None:
    clock.advance(10 * 3600)
    _used(database, 0, 1)
    _used(database, 0, 2, project_id="other")
    _used(database, 0, 2, project_id="other")

    listed = usages.of_all(an_admin(), *DAY)

    assert [(one.project_id, one.servers, one.cpu_hours) for one in listed] == [
        ("demo", 1, 1.0),
        ("other", 2, 4.0),
    ]
    with pytest.raises(Forbidden):
        usages.of_all(a_caller(), *DAY)
    with pytest.raises(Forbidden):
        usages.get(a_caller(), "other", *DAY)


def test_a_period_that_ends_before_it_begins_is_refused(usages: Usages) -> None:
    with pytest.raises(InvalidRequest):
        usages.get(a_caller(), "", NOON, NOON)
