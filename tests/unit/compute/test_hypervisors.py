from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.clock import NOON, FakeClock
from tests.support.instances import keep_hosts, keep_placed
from vmctld.compute.hypervisors import Hypervisors
from vmctld.domain.hypervisor import HypervisorStats, Ratios
from vmctld.domain.paging import Page
from vmctld.errors import Forbidden, InvalidRequest, NotFound
from vmctld.storage.database import Database
from vmctld.storage.repositories import host_rules

ADMIN = an_admin()


@pytest.fixture
def changes() -> list[str]:
    return []


@pytest.fixture
def hypervisors(database: Database, clock: FakeClock, changes: list[str]) -> Hypervisors:
    keep_hosts(database, "rack1-a", "rack1-b", "rack2-a")
    return Hypervisors(database, lambda: changes.append("told"), clock)


def test_hosts_are_listed_in_pages_and_by_a_part_of_their_names(hypervisors: Hypervisors) -> None:
    def names(page: Page, matching: str = "") -> list[str]:
        return [one.host.name for one in hypervisors.page(ADMIN, page, matching)]

    first = hypervisors.get(ADMIN, "rack1-a").host
    assert names(Page()) == ["rack1-a", "rack1-b", "rack2-a"]
    assert names(Page(), "rack1") == ["rack1-a", "rack1-b"]
    assert names(Page(limit=1, marker="rack1-a")) == ["rack1-b"]
    assert names(Page(marker=first.hypervisor_id)) == ["rack1-b", "rack2-a"]


def test_one_is_found_by_its_name_and_its_id_and_has_the_ratios_in_force(
    hypervisors: Hypervisors,
) -> None:
    found = hypervisors.get(ADMIN, "rack1-a")

    assert found == hypervisors.get(ADMIN, found.host.hypervisor_id)
    assert (found.is_up, found.ratios) == (True, Ratios(4.0, 1.0, 1.0))
    with pytest.raises(NotFound) as refusal:
        hypervisors.get(ADMIN, "rack3")
    assert refusal.value.code == "host-not-found"


@pytest.mark.parametrize("why", ["silent", "forced"])
def test_a_host_is_down_when_it_is_silent_or_said_to_be(
    hypervisors: Hypervisors, database: Database, clock: FakeClock, why: str
) -> None:
    if why == "silent":
        clock.now = NOON + timedelta(seconds=61)
    else:
        with database.write() as tx:
            host_rules.set_forced_down(tx, "rack1-a", True)

    assert not hypervisors.get(ADMIN, "rack1-a").is_up


def test_the_sums_are_of_enabled_hosts(hypervisors: Hypervisors, database: Database) -> None:
    keep_placed(database, "rack1-a")
    with database.write() as tx:
        host_rules.set_enabled(tx, "rack2-a", False)

    assert hypervisors.stats(ADMIN) == HypervisorStats(2, 8, 1, 2048, 128, 40, 1, 1, 1)


def test_the_servers_of_hosts_are_listed_by_any_part_of_a_name(
    hypervisors: Hypervisors, database: Database
) -> None:
    placed = keep_placed(database, "rack1-a", name="web")

    found = {host.name: servers for host, servers in hypervisors.servers(ADMIN, "rack1")}

    assert found == {"rack1-a": [(placed.id, "web")], "rack1-b": []}
    assert len(hypervisors.servers(ADMIN, "rack1-a")) == 1
    with pytest.raises(NotFound):
        hypervisors.servers(ADMIN, "rack3")


def test_ratios_are_set_left_and_taken_away(hypervisors: Hypervisors, changes: list[str]) -> None:
    hypervisors.set_ratios(ADMIN, "rack1-a", Ratios(cpu=2.0, ram=1.5))
    changed = hypervisors.set_ratios(ADMIN, "rack1-a", Ratios(ram=0, disk=3.0))

    assert changed.ratios == Ratios(2.0, 1.0, 3.0)
    assert changed.host.capacity.vcpus == 8
    assert changes == ["told", "told"]


@pytest.mark.parametrize("ratio", [-1.0, 0.001, 1001.0, float("nan"), float("inf")])
def test_what_is_no_ratio_is_refused(hypervisors: Hypervisors, ratio: float) -> None:
    with pytest.raises(InvalidRequest):
        hypervisors.set_ratios(ADMIN, "rack1-a", Ratios(cpu=ratio))


def test_only_admins_see_hosts(hypervisors: Hypervisors) -> None:
    member = a_caller()

    for forbidden in (
        lambda: hypervisors.page(member, Page()),
        lambda: hypervisors.get(member, "rack1-a"),
        lambda: hypervisors.stats(member),
        lambda: hypervisors.servers(member, "rack1-a"),
        lambda: hypervisors.set_ratios(member, "rack1-a", Ratios(cpu=1.0)),
    ):
        with pytest.raises(Forbidden):
            forbidden()
