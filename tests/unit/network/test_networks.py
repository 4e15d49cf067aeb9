"""Networks: made, found, deleted."""

from __future__ import annotations

import pytest

from tests.support.callers import a_caller, an_admin
from vmctld.domain.network import Network, Subnet
from vmctld.domain.paging import Page
from vmctld.errors import Conflict, Forbidden, InvalidRequest, NotFound, WrongState
from vmctld.network.service import NetworkService


def test_a_network_is_found_by_name_and_by_id(service: NetworkService, network: Network) -> None:
    assert service.networks.get_network(a_caller(), "blue") == network
    assert service.networks.get_network(a_caller(), network.id.upper()) == network
    assert network.mtu_bytes == 1500


def test_a_network_tells_its_subnets(service: NetworkService, subnet: Subnet) -> None:
    assert service.networks.get_network(a_caller(), "blue").subnet_ids == (subnet.id,)


def test_another_projects_network_does_not_exist(service: NetworkService, network: Network) -> None:
    for reference in (network.id, "blue"):
        with pytest.raises(NotFound) as refusal:
            service.networks.get_network(a_caller("other"), reference)
        assert refusal.value.code == "network-not-found"


def test_an_admin_finds_another_projects_network_by_id_only(
    service: NetworkService, network: Network
) -> None:
    assert service.networks.get_network(an_admin(), network.id) == network
    with pytest.raises(NotFound):
        service.networks.get_network(an_admin(), "blue")


def test_a_shared_network_is_everybodys_to_see_and_its_owners_to_delete(
    service: NetworkService,
) -> None:
    shared = service.networks.create_network(an_admin(), "public", shared=True)

    assert service.networks.get_network(a_caller(), "public") == shared
    with pytest.raises(Forbidden) as refusal:
        service.networks.delete_network(a_caller(), "public")
    assert refusal.value.code == "not-owner"


def test_only_an_admin_shares_a_network(service: NetworkService) -> None:
    with pytest.raises(Forbidden) as refusal:
        service.networks.create_network(a_caller(), "public", shared=True)

    assert refusal.value.code == "admin-only"


@pytest.mark.parametrize("name", ["", "x" * 256, "a\tb", "-net", "a,b", "a=b"])
def test_a_name_that_cannot_be_is_refused(service: NetworkService, name: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        service.networks.create_network(a_caller(), name)

    assert refusal.value.code == "invalid-name"


@pytest.mark.parametrize("mtu_bytes", [-1, 575, 9001])
def test_an_mtu_that_cannot_be_is_refused(service: NetworkService, mtu_bytes: int) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        service.networks.create_network(a_caller(), "n", mtu_bytes=mtu_bytes)

    assert refusal.value.code == "invalid-mtu"


def test_a_name_that_fits_several_is_refused_with_their_ids(
    service: NetworkService, network: Network
) -> None:
    service.networks.create_network(a_caller(), "blue")

    with pytest.raises(Conflict) as refusal:
        service.networks.delete_network(a_caller(), "blue")

    assert refusal.value.code == "ambiguous-name"
    assert network.id in str(refusal.value.facts)


def test_a_list_shows_what_the_project_sees_by_name_and_page_by_page(
    service: NetworkService, network: Network
) -> None:
    service.networks.create_network(an_admin(), "shared", shared=True)
    service.networks.create_network(a_caller(), "amber")
    service.networks.create_network(a_caller("other"), "hidden")

    first = service.networks.list_networks(a_caller(), Page(limit=2))
    rest = service.networks.list_networks(a_caller(), Page(limit=2, marker=first[-1].id))

    assert [n.name for n in (*first, *rest)] == ["amber", "blue", "shared"]


def test_an_admin_may_list_those_of_all_projects(service: NetworkService, network: Network) -> None:
    assert network in service.networks.list_networks(an_admin(), Page(), all_projects=True)
    with pytest.raises(Forbidden):
        service.networks.list_networks(a_caller(), Page(), all_projects=True)


def test_a_list_cannot_go_on_after_what_is_gone(service: NetworkService, network: Network) -> None:
    service.networks.delete_network(a_caller(), network.id)

    with pytest.raises(InvalidRequest) as refusal:
        service.networks.list_networks(a_caller(), Page(marker=network.id))

    assert refusal.value.code == "marker-not-found"


def test_a_deleted_network_takes_its_subnets_along(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    service.networks.delete_network(a_caller(), "blue")

    assert service.networks.list_networks(a_caller(), Page()) == []
    assert service.subnets.list_subnets(a_caller(), Page()) == []
    assert service.nics.resolve_nics(a_caller(), []) == ()


def test_a_network_with_ports_is_kept_and_its_users_are_named(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    ports = [service.ports.create_port(a_caller(), "blue") for _ in range(7)]

    with pytest.raises(WrongState) as refusal:
        service.networks.delete_network(a_caller(), "blue")

    assert refusal.value.code == "network-in-use"
    assert refusal.value.facts["count"] == 7
    assert refusal.value.facts["ports"] == sorted(port.id for port in ports)[:5]
    assert service.subnets.get_subnet(a_caller(), subnet.id) == subnet
