"""Subnets: made, found, deleted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.callers import a_caller, an_admin
from vmctld.domain.network import AllocationPool, Network, Subnet, SubnetRequest
from vmctld.domain.paging import Page
from vmctld.errors import Forbidden, InvalidRequest, NotFound, WrongState
from vmctld.network.service import NetworkService

AddSubnet = Callable[..., Subnet]


def test_a_subnet_has_a_gateway_and_a_pool_without_being_asked(subnet: Subnet) -> None:
    assert subnet.gateway == "10.1.0.1"
    assert subnet.pools == (AllocationPool("10.1.0.2", "10.1.0.254"),)


def test_a_subnet_is_kept_as_it_was_asked_for(
    service: NetworkService, add_subnet: AddSubnet
) -> None:
    pools = (AllocationPool("10.1.0.10", "10.1.0.20"),)

    made = add_subnet(name="lab", gateway="", dns_servers=("1.1.1.1",), pools=pools)

    assert service.subnets.get_subnet(a_caller(), "lab") == made
    assert (made.gateway, made.dns_servers, made.pools) == (None, ("1.1.1.1",), pools)


@pytest.mark.parametrize(
    ("request_parts", "code"),
    [
        ({"cidr": "10.1.0.7/24"}, "invalid-cidr"),
        ({"cidr": "10.2.0.0/24", "gateway": "10.1.0.1"}, "invalid-gateway"),
        ({"cidr": "10.2.0.0/24", "dns_servers": ("dns",)}, "invalid-dns-server"),
        ({"cidr": "10.2.0.0/24", "pools": (AllocationPool("10.1.0.1", "x"),)}, "invalid-pool"),
        ({"cidr": "10.2.0.0/24", "name": "-x"}, "invalid-name"),
        ({"cidr": "10.1.0.0/25"}, "subnets-overlap"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    service: NetworkService,
    add_subnet: AddSubnet,
    subnet: Subnet,
    request_parts: dict[str, object],
    code: str,
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        add_subnet(**request_parts)

    assert refusal.value.code == code
    assert service.subnets.list_subnets(a_caller(), Page()) == [subnet]


def test_the_same_range_may_be_on_two_networks(service: NetworkService, subnet: Subnet) -> None:
    service.networks.create_network(a_caller(), "green")

    twin = service.subnets.create_subnet(a_caller(), SubnetRequest("green", subnet.cidr))

    assert twin.cidr == subnet.cidr


def test_only_its_owner_adds_a_subnet_to_a_shared_network(service: NetworkService) -> None:
    service.networks.create_network(an_admin(), "public", shared=True)

    with pytest.raises(Forbidden):
        service.subnets.create_subnet(a_caller(), SubnetRequest("public", "10.9.0.0/24"))


def test_a_subnet_that_an_admin_adds_belongs_to_the_networks_owner(
    service: NetworkService, network: Network
) -> None:
    made = service.subnets.create_subnet(an_admin(), SubnetRequest(network.id, "10.9.0.0/24"))

    assert made.project_id == network.project_id


def test_a_shared_networks_subnets_are_everybodys_to_see(service: NetworkService) -> None:
    service.networks.create_network(an_admin(), "public", shared=True)
    made = service.subnets.create_subnet(an_admin(), SubnetRequest("public", "10.9.0.0/24", "p"))

    assert service.subnets.get_subnet(a_caller(), "p") == made
    assert service.subnets.list_subnets(a_caller(), Page()) == [made]
    with pytest.raises(Forbidden):
        service.subnets.delete_subnet(a_caller(), "p")


def test_another_projects_subnet_does_not_exist(service: NetworkService, subnet: Subnet) -> None:
    with pytest.raises(NotFound):
        service.subnets.get_subnet(a_caller("other"), subnet.id)


def test_a_list_can_be_of_one_network(
    service: NetworkService, subnet: Subnet, add_subnet: AddSubnet
) -> None:
    other = add_subnet("10.2.0.0/24")
    service.networks.create_network(a_caller(), "green")
    service.subnets.create_subnet(a_caller(), SubnetRequest("green", "10.3.0.0/24"))

    assert service.subnets.list_subnets(a_caller(), Page(), network="blue") == [subnet, other]


def test_a_subnet_with_addresses_in_use_is_kept_and_its_users_are_named(
    service: NetworkService, subnet: Subnet
) -> None:
    port = service.ports.create_port(a_caller(), "blue")

    with pytest.raises(WrongState) as refusal:
        service.subnets.delete_subnet(a_caller(), subnet.id)

    assert refusal.value.code == "subnet-in-use"
    assert refusal.value.facts["ports"] == [port.id]


def test_an_unused_subnet_is_deleted(service: NetworkService, subnet: Subnet) -> None:
    service.subnets.delete_subnet(a_caller(), subnet.id)

    assert service.networks.get_network(a_caller(), "blue").subnet_ids == ()
