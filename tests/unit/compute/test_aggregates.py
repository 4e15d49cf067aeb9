"""Aggregates: who may, what they do to hosts, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.clock import FakeClock
from tests.support.instances import keep_hosts, keep_placed
from vmctld.compute.aggregates import AggregateChanges, Aggregates
from vmctld.domain.host import HostState
from vmctld.errors import (
    AlreadyExists,
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    VmctlError,
    WrongState,
)
from vmctld.storage.database import Database
from vmctld.storage.repositories import hosts

ADMIN = an_admin()


@pytest.fixture
def changes() -> list[str]:
    return []


@pytest.fixture
def aggregates(database: Database, clock: FakeClock, changes: list[str]) -> Aggregates:
    keep_hosts(database, "a", "b")
    return Aggregates(database, lambda: changes.append("told"), clock)


def _host(database: Database, name: str = "a") -> HostState:
    with database.read() as tx:
        return next(one for one in hosts.everything(tx) if one.name == name)


def test_a_new_aggregate_has_no_hosts_and_is_found_by_name_and_id(aggregates: Aggregates) -> None:
    made = aggregates.create(ADMIN, " fast ", "mars")

    assert (made.name, made.availability_zone, made.hosts) == ("fast", "mars", ())
    assert aggregates.get(ADMIN, "fast") == aggregates.get(ADMIN, made.id) == made
    assert aggregates.list_aggregates(ADMIN) == [made]


def test_a_host_in_an_aggregate_has_its_zone_and_what_it_says(
    aggregates: Aggregates, database: Database, changes: list[str]
) -> None:
    aggregates.create(ADMIN, "fast", "mars")
    aggregates.update(ADMIN, "fast", AggregateChanges(metadata={"ssd": "true"}))

    changed = aggregates.add_host(ADMIN, "fast", "a")

    host = _host(database)
    assert changed.hosts == ("a",)
    assert (host.availability_zone, host.aggregate_metadata) == ("mars", {"ssd": {"true"}})
    assert changes  # every scheduler reads its hosts again


def test_a_host_that_leaves_is_as_it_was(aggregates: Aggregates, database: Database) -> None:
    before = _host(database)
    aggregates.create(ADMIN, "fast", "mars")
    aggregates.update(ADMIN, "fast", AggregateChanges(metadata={"cpu_allocation_ratio": "1.0"}))
    aggregates.add_host(ADMIN, "fast", "a")
    assert _host(database).capacity.vcpus == 4

    assert aggregates.remove_host(ADMIN, "fast", "a").hosts == ()

    after = _host(database)
    assert (after.availability_zone, after.capacity) == ("nova", before.capacity)


def test_metadata_are_added_changed_and_taken_away(aggregates: Aggregates) -> None:
    aggregates.create(ADMIN, "fast")
    aggregates.update(ADMIN, "fast", AggregateChanges(metadata={"a": "1", "b": "2"}))

    changed = aggregates.update(
        ADMIN, "fast", AggregateChanges(metadata={"a": None, "b": "3", "c": None})
    )

    assert changed.metadata == {"b": "3"}


@pytest.mark.parametrize(
    "change",
    [
        AggregateChanges(availability_zone="mars"),
        AggregateChanges(metadata={"availability_zone": "mars"}),
    ],
)
def test_the_zone_is_changed_in_both_of_novas_ways(
    aggregates: Aggregates, database: Database, change: AggregateChanges
) -> None:
    aggregates.create(ADMIN, "fast")
    aggregates.add_host(ADMIN, "fast", "a")

    changed = aggregates.update(ADMIN, "fast", change)

    assert (changed.availability_zone, changed.metadata) == ("mars", {})
    assert _host(database).availability_zone == "mars"


@pytest.mark.parametrize(
    "change",
    [
        AggregateChanges(availability_zone=""),
        AggregateChanges(metadata={"availability_zone": None}),
    ],
)
def test_the_zone_is_taken_away(aggregates: Aggregates, change: AggregateChanges) -> None:
    aggregates.create(ADMIN, "fast", "mars")

    assert aggregates.update(ADMIN, "fast", change).availability_zone is None


def test_an_aggregate_is_renamed_but_not_to_anothers_name(aggregates: Aggregates) -> None:
    aggregates.create(ADMIN, "fast")
    aggregates.create(ADMIN, "slow")

    assert aggregates.update(ADMIN, "fast", AggregateChanges(name="quick")).name == "quick"
    with pytest.raises(AlreadyExists):
        aggregates.update(ADMIN, "quick", AggregateChanges(name="slow"))


def test_an_empty_aggregate_can_go(aggregates: Aggregates) -> None:
    aggregates.create(ADMIN, "fast")
    aggregates.delete(ADMIN, "fast")

    assert aggregates.list_aggregates(ADMIN) == []


def _refused(do: Callable[[], object], kind: type[VmctlError], code: str) -> None:
    with pytest.raises(kind) as refusal:
        do()
    assert refusal.value.code == code


def test_what_cannot_be_is_refused(aggregates: Aggregates, database: Database) -> None:
    aggregates.create(ADMIN, "fast", "mars")
    aggregates.create(ADMIN, "far", "venus")
    aggregates.add_host(ADMIN, "fast", "a")

    _refused(lambda: aggregates.create(ADMIN, "fast"), AlreadyExists, "aggregate-exists")
    _refused(lambda: aggregates.get(ADMIN, "x"), NotFound, "aggregate-not-found")
    _refused(lambda: aggregates.add_host(ADMIN, "fast", "z"), NotFound, "host-not-found")
    _refused(lambda: aggregates.add_host(ADMIN, "fast", "a"), AlreadyExists, "host-in-aggregate")
    _refused(lambda: aggregates.remove_host(ADMIN, "far", "a"), NotFound, "host-not-in-aggregate")
    _refused(lambda: aggregates.delete(ADMIN, "fast"), WrongState, "aggregate-not-empty")
    _refused(lambda: aggregates.add_host(ADMIN, "far", "a"), Conflict, "host-in-another-zone")
    _refused(
        lambda: aggregates.create(ADMIN, "x", "a:b"), InvalidRequest, "invalid-aggregate-metadata"
    )


def test_servers_do_not_find_themselves_in_another_zone(
    aggregates: Aggregates, database: Database
) -> None:
    aggregates.create(ADMIN, "fast", "mars")
    aggregates.add_host(ADMIN, "fast", "b")
    keep_placed(database, "a")
    keep_placed(database, "b")

    for change in (
        lambda: aggregates.add_host(ADMIN, "fast", "a"),
        lambda: aggregates.remove_host(ADMIN, "fast", "b"),
        lambda: aggregates.update(ADMIN, "fast", AggregateChanges(availability_zone="venus")),
    ):
        _refused(change, WrongState, "zone-in-use")
    aggregates.create(ADMIN, "without-zone")
    aggregates.add_host(ADMIN, "without-zone", "a")


def test_only_admins_see_and_change_aggregates(aggregates: Aggregates) -> None:
    member = a_caller()

    for forbidden in (
        lambda: aggregates.list_aggregates(member),
        lambda: aggregates.get(member, "x"),
        lambda: aggregates.create(member, "x"),
        lambda: aggregates.update(member, "x", AggregateChanges()),
        lambda: aggregates.delete(member, "x"),
        lambda: aggregates.add_host(member, "x", "a"),
        lambda: aggregates.remove_host(member, "x", "a"),
    ):
        with pytest.raises(Forbidden):
            forbidden()
