"""Hard policies hold however many are placed at once, by however many schedulers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.clock import NOON, FakeClock
from tests.support.instances import an_instance, keep, keep_hosts, kept
from tests.support.recording_bus import RecordingBus
from vmctld.bus.base import Delivery
from vmctld.compute.outbox import Outbox
from vmctld.compute.placing import place_request
from vmctld.compute.scheduler.handlers import Scheduler
from vmctld.domain.instance import Instance
from vmctld.domain.server_group import Policy, ServerGroup
from vmctld.domain.wishes import Wishes
from vmctld.storage.database import Database
from vmctld.storage.repositories import server_groups

SCHEDULERS = 4
HOSTS = tuple("abcdefgh")


@pytest.fixture
def database(fresh_database: Callable[[], Database]) -> Iterator[Database]:
    """Either database: what holds must hold on both."""
    database = fresh_database()
    yield database
    database.close()


@pytest.fixture
def schedulers(database: Database, clock: FakeClock) -> list[Scheduler]:
    """Several, each with a picture of the hosts of its own."""
    keep_hosts(database, *HOSTS)
    made = []
    for _ in range(SCHEDULERS):
        bus = RecordingBus()
        outbox = Outbox(database, bus, clock, clock.monotonic)
        made.append(Scheduler(database, outbox, bus, clock, clock.monotonic))
    return made


def _members(database: Database, policy: Policy, count: int, most: int = 1) -> list[Instance]:
    """Keep a group, and servers of it that wait for their host."""
    group = ServerGroup("g-1", "web", "demo", "alice", policy, most, (), NOON)
    members = [
        an_instance(wishes=Wishes(seed=number % 3, group_id="g-1")) for number in range(count)
    ]
    keep(database, *members)
    with database.write() as tx:
        server_groups.insert(tx, group)
        server_groups.add_members(tx, "g-1", [one.id for one in members])
    return members


def _place_at_once(schedulers: list[Scheduler], members: list[Instance]) -> None:
    def place(number: int) -> None:
        message = place_request(members[number])
        delivery = Delivery(message, "vmctld", "req-1", NOON, NOON, 1)
        schedulers[number % len(schedulers)].handle(delivery, lambda: None)

    with ThreadPoolExecutor(len(schedulers)) as pool:
        list(pool.map(place, range(len(members))))


def _hosts(database: Database, members: list[Instance]) -> list[str | None]:
    return [kept(database, one.id).host for one in members]


def test_no_host_gets_two_of_an_anti_affinity_group(
    database: Database, schedulers: list[Scheduler]
) -> None:
    members = _members(database, Policy.ANTI_AFFINITY, len(HOSTS) + 4)

    _place_at_once(schedulers, members)

    placed = [host for host in _hosts(database, members) if host is not None]
    assert max(Counter(placed).values()) == 1
    faults = [kept(database, one.id).fault for one in members]
    refused = [fault for fault in faults if fault is not None]
    assert len(placed) + len(refused) == len(members)
    assert all(fault.code == "no-valid-host" for fault in refused)


def test_a_host_gets_as_many_of_the_group_as_its_rule_allows(
    database: Database, schedulers: list[Scheduler]
) -> None:
    members = _members(database, Policy.ANTI_AFFINITY, 12, most=2)

    _place_at_once(schedulers, members)

    placed = Counter(host for host in _hosts(database, members) if host is not None)
    assert max(placed.values()) <= 2


def test_all_of_an_affinity_group_are_on_one_host(
    database: Database, schedulers: list[Scheduler]
) -> None:
    members = _members(database, Policy.AFFINITY, 4)

    _place_at_once(schedulers, members)

    assert len(set(_hosts(database, members))) == 1
    assert None not in _hosts(database, members)


def test_an_affinity_group_that_outgrows_its_host_is_refused_the_rest(
    database: Database, schedulers: list[Scheduler]
) -> None:
    members = _members(database, Policy.AFFINITY, 10)  # a host has room for 8

    _place_at_once(schedulers, members)

    hosts = _hosts(database, members)
    assert len({host for host in hosts if host}) == 1
    assert hosts.count(None) == 2


@pytest.mark.parametrize("policy", [Policy.SOFT_AFFINITY, Policy.SOFT_ANTI_AFFINITY])
def test_soft_policies_refuse_nobody(
    database: Database, schedulers: list[Scheduler], policy: Policy
) -> None:
    members = _members(database, policy, 12)

    for member in members:
        _place_at_once(schedulers[:1], [member])

    placed = Counter(_hosts(database, members))
    assert None not in placed
    most = max(placed.values())
    assert most == (8 if policy is Policy.SOFT_AFFINITY else 2)
