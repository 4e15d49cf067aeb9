from __future__ import annotations

import pytest

from tests.support.clock import NOON
from tests.support.instances import keep_hosts, keep_placed
from vmctld.domain.aggregate import Aggregate
from vmctld.domain.host import HostState
from vmctld.domain.hypervisor import Ratios
from vmctld.domain.instance import Resources
from vmctld.storage.database import Database
from vmctld.storage.repositories import aggregates, host_rules, hosts

NANO = Resources(1, 128, 1)


def _host(database: Database, name: str = "a") -> HostState:
    with database.read() as tx:
        return next(one for one in hosts.everything(tx) if one.name == name)


def _aggregate(database: Database, name: str, zone: str | None = None, **metadata: str) -> None:
    with database.write() as tx:
        aggregates.insert(tx, Aggregate(name, name, zone, (), metadata, NOON, NOON))
        aggregates.add_host(tx, name, "a")
        host_rules.apply_rules(tx, ["a"])


def test_a_disabled_host_says_why_and_gives_no_room(database: Database) -> None:
    keep_hosts(database, "a")
    before = _host(database)

    with database.write() as tx:
        host_rules.set_enabled(tx, "a", False, "new disks")
        claimed = hosts.claim(tx, "i-1", "a", NANO, NOON)

    host = _host(database)
    assert (host.enabled, host.disabled_reason, claimed) == (False, "new disks", None)
    assert host.generation > before.generation
    with database.write() as tx:
        host_rules.set_enabled(tx, "a", True)
        assert hosts.claim(tx, "i-1", "a", NANO, NOON) is not None


def test_a_host_that_is_forced_down_gives_no_room(database: Database) -> None:
    keep_hosts(database, "a")

    with database.write() as tx:
        host_rules.set_forced_down(tx, "a", True)
        assert hosts.claim(tx, "i-1", "a", NANO, NOON) is None
        host_rules.set_forced_down(tx, "a", False)
        assert hosts.claim(tx, "i-1", "a", NANO, NOON) is not None


def test_failures_are_counted_until_a_build_succeeds(database: Database) -> None:
    keep_hosts(database, "a")

    with database.write() as tx:
        host_rules.build_failed(tx, "a")
        host_rules.build_failed(tx, "a")
    assert _host(database).build_failures == 2

    with database.write() as tx:
        assert host_rules.build_succeeded(tx, "a")
        assert not host_rules.build_succeeded(tx, "a")
    assert _host(database).build_failures == 0


def test_a_host_that_is_forgotten_leaves_its_aggregates(database: Database) -> None:
    keep_hosts(database, "a")
    _aggregate(database, "one")
    keep_placed(database, "a")

    with database.write() as tx:
        assert host_rules.claims_on(tx, "a") == 1
        hosts.release(tx, tx.execute(hosts.ALLOCATIONS.select()).one().instance_id)
        assert host_rules.remove(tx, "a")
        assert not host_rules.remove(tx, "a")
        left = aggregates.get(tx, "one")

    assert left is not None
    assert left.hosts == ()


def test_a_zone_comes_with_the_aggregate_and_goes_with_it(database: Database) -> None:
    keep_hosts(database, "a")
    _aggregate(database, "one", "mars")
    assert _host(database).availability_zone == "mars"

    with database.write() as tx:
        aggregates.remove(tx, "one")
        host_rules.apply_rules(tx, ["a"])

    assert _host(database).availability_zone == "nova"


def test_ratios_of_a_host_beat_the_least_of_its_aggregates(database: Database) -> None:
    keep_hosts(database, "a")
    _aggregate(database, "one", cpu_allocation_ratio="8.0", ram_allocation_ratio="2")
    _aggregate(database, "two", cpu_allocation_ratio="2.0")
    assert _host(database).capacity == Resources(8, 2048, 20)

    with database.write() as tx:
        host_rules.set_own_ratios(tx, "a", Ratios(cpu=1.0, disk=1.5))
        assert host_rules.own_ratios(tx, "a") == Ratios(1.0, None, 1.5)

    assert _host(database).capacity == Resources(4, 2048, 30)


@pytest.mark.parametrize(("ratio", "free"), [(2.0, 1920), (0.125, 0), (0.0625, -64)])
def test_what_is_claimed_stays_claimed_when_a_ratio_changes(
    database: Database, ratio: float, free: int
) -> None:
    keep_hosts(database, "a")
    keep_placed(database, "a")

    with database.write() as tx:
        host_rules.set_own_ratios(tx, "a", Ratios(ram=ratio))

    assert _host(database).free_ram_mib == free
    assert _host(database).claimed.ram_mib == 128
