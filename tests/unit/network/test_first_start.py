"""What a first start makes."""

from __future__ import annotations

from tests.support.callers import a_caller, an_admin
from tests.support.clock import FakeClock
from vmctld.domain.paging import Page
from vmctld.network.first_start import ensure_first_network
from vmctld.network.service import NetworkService
from vmctld.storage.database import Database


def test_everybody_can_boot_on_the_first_network(
    service: NetworkService, database: Database
) -> None:
    ensure_first_network(database, FakeClock(), "admin")

    (network,) = service.networks.list_networks(a_caller(), Page())
    (subnet,) = service.subnets.list_subnets(a_caller(), Page())
    assert (network.name, network.shared, subnet.cidr) == ("private", True, "10.20.0.0/24")
    assert service.nics.resolve_nics(a_caller(), [])[0].network_id == network.id


def test_a_second_start_makes_nothing_more(service: NetworkService, database: Database) -> None:
    for _ in range(2):
        ensure_first_network(database, FakeClock(), "admin")

    assert len(service.networks.list_networks(a_caller(), Page())) == 1


def test_a_first_network_that_was_deleted_stays_away(
    service: NetworkService, database: Database
) -> None:
    ensure_first_network(database, FakeClock(), "admin")
    service.networks.delete_network(an_admin(), "private")

    ensure_first_network(database, FakeClock(), "admin")

    assert service.networks.list_networks(an_admin(), Page()) == []
