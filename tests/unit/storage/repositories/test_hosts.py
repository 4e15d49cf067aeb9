from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.clock import NOON
from tests.support.instances import SMALL_HOST, keep_hosts
from vmctld.domain.host import HostState
from vmctld.domain.instance import Resources
from vmctld.domain.machine import HostCapacity
from vmctld.errors import AlreadyExists
from vmctld.storage.database import Database
from vmctld.storage.repositories import hosts

NANO = Resources(1, 128, 1)


def _host(database: Database, name: str = "a") -> HostState:
    with database.read() as tx:
        return next(host for host in hosts.everything(tx) if host.name == name)


def _claim(database: Database, instance_id: str, wanted: Resources = NANO) -> HostState | None:
    with database.write() as tx:
        return hosts.claim(tx, instance_id, "a", wanted, NOON)


def test_a_new_host_has_novas_ratios_and_nothing_claimed(database: Database) -> None:
    keep_hosts(database, "a")

    host = _host(database)

    assert host.capacity == Resources(SMALL_HOST.vcpus * 4, SMALL_HOST.ram_mib, 20)
    assert host.claimed == Resources(0, 0, 0)
    assert host.enabled


def test_a_claim_takes_and_a_release_gives_back(database: Database) -> None:
    keep_hosts(database, "a")

    claimed = _claim(database, "i-1")

    assert claimed == _host(database)
    assert claimed.claimed == NANO
    with database.write() as tx:
        freed = hosts.release(tx, "i-1")
    assert freed is not None
    assert (freed.claimed, freed.instances, freed.generation) == (Resources(0, 0, 0), 0, 3)


def test_a_second_release_gives_nothing_back(database: Database) -> None:
    keep_hosts(database, "a")
    _claim(database, "i-1")

    with database.write() as tx:
        hosts.release(tx, "i-1")
        assert hosts.release(tx, "i-1") is None

    assert _host(database).claimed == Resources(0, 0, 0)


def test_a_second_claim_of_one_instance_is_refused_and_takes_nothing(database: Database) -> None:
    keep_hosts(database, "a")
    _claim(database, "i-1")

    with pytest.raises(AlreadyExists):
        _claim(database, "i-1")

    assert _host(database).claimed == NANO


@pytest.mark.parametrize(
    "wanted", [Resources(17, 1, 1), Resources(1, 1025, 1), Resources(1, 1, 21)]
)
def test_what_does_not_fit_is_not_claimed(database: Database, wanted: Resources) -> None:
    keep_hosts(database, "a")

    assert _claim(database, "i-1", wanted) is None

    assert _host(database).instances == 0


def test_a_disabled_host_is_not_claimed(database: Database) -> None:
    keep_hosts(database, "a")
    with database.write() as tx:
        tx.execute(hosts.TABLE.update().values(enabled=False))

    assert _claim(database, "i-1") is None


def test_a_host_that_shrinks_below_its_claims_has_less_than_nothing_free(
    database: Database,
) -> None:
    keep_hosts(database, "a")
    _claim(database, "i-1", Resources(1, 1024, 1))

    with database.write() as tx:
        smaller = replace(SMALL_HOST, ram_mib=512)
        assert hosts.seen(tx, [("a", "nova", "fake", smaller)], NOON)

    assert _host(database).free_ram_mib == -512
    assert _claim(database, "i-2") is None


def test_a_report_without_news_says_so(database: Database) -> None:
    keep_hosts(database, "a")
    later = NOON + timedelta(seconds=10)

    with database.write() as tx:
        assert not hosts.seen(tx, [("a", "nova", "fake", SMALL_HOST)], later)

    assert _host(database).seen_at == later


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 20), st.integers(0, 9000)),
        max_size=30,
    )
)
def test_whatever_is_claimed_and_freed_the_counts_are_those_of_the_claims(
    fresh_database: Callable[[], Database], steps: list[tuple[bool, int, int, int]]
) -> None:
    database = fresh_database()
    keep_hosts(database, "a", capacity=HostCapacity(4, 8192, 50))
    for is_claim, number, vcpus, ram_mib in steps:
        try:
            with database.write() as tx:
                if is_claim:
                    wanted = Resources(vcpus, ram_mib, 1)
                    hosts.claim(tx, f"i-{number}", "a", wanted, NOON)
                else:
                    hosts.release(tx, f"i-{number}")
        except AlreadyExists:
            continue

    host = _host(database)
    with database.read() as tx:
        total = hosts.totals(tx, ["a"]).get("a", Resources(0, 0, 0))
    database.close()
    assert host.claimed == total
    assert min(host.free_vcpus, host.free_ram_mib, host.free_disk_gib) >= 0


def test_what_a_host_last_told_of_its_uptime_is_kept(database: Database) -> None:
    keep_hosts(database, "a")
    reports = [("a", "nova", "fake", SMALL_HOST)]

    with database.write() as tx:
        hosts.seen(tx, reports, NOON, {"a": "up 3 days"})

        assert [host.uptime for host in hosts.everything(tx)] == ["up 3 days"]
