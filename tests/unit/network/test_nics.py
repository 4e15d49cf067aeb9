"""Which networks and ports a boot request means."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.callers import a_build, a_caller
from vmctld.domain.instance import Nic
from vmctld.domain.network import Network, NicRequest, ResolvedNic, Subnet, SubnetRequest
from vmctld.errors import Conflict, Exhausted, InvalidRequest, NotFound, WrongState
from vmctld.network.service import NetworkService

SERVER = "0c7a1d1e-0000-4000-8000-000000000001"


def test_nothing_asked_for_means_the_only_network(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    assert service.nics.resolve_nics(a_caller(), []) == (ResolvedNic(network.id, None, None),)


def test_nothing_asked_for_and_no_network_means_no_card(
    service: NetworkService, subnet: Subnet
) -> None:
    assert service.nics.resolve_nics(a_caller("other"), []) == ()


def test_nothing_asked_for_and_several_networks_is_refused_in_novas_words(
    service: NetworkService, subnet: Subnet
) -> None:
    service.networks.create_network(a_caller(), "green")

    with pytest.raises(Conflict) as refusal:
        service.nics.resolve_nics(a_caller(), [])

    assert refusal.value.message == (
        "Multiple possible networks found, use a Network ID to be more specific."
    )
    assert refusal.value.facts["networks"] == ["blue", "green"]


def test_networks_are_named_or_given_by_id_and_keep_their_order(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    green = service.networks.create_network(a_caller(), "green")
    service.subnets.create_subnet(a_caller(), SubnetRequest("green", "10.3.0.0/24"))

    nics = service.nics.resolve_nics(
        a_caller(), [NicRequest("green"), NicRequest(network.id), NicRequest("green")]
    )

    assert [nic.network_id for nic in nics] == [green.id, network.id, green.id]


def test_a_network_is_seen_as_soon_as_it_is_there_and_no_longer(
    service: NetworkService, subnet: Subnet
) -> None:
    service.nics.resolve_nics(a_caller(), [])  # it is remembered from now on
    service.networks.create_network(a_caller(), "green")
    service.subnets.create_subnet(a_caller(), SubnetRequest("green", "10.3.0.0/24"))
    assert service.nics.resolve_nics(a_caller(), [NicRequest("green")])

    service.networks.delete_network(a_caller(), "green")

    with pytest.raises(NotFound):
        service.nics.resolve_nics(a_caller(), [NicRequest("green")])


@pytest.mark.parametrize("request_", [NicRequest(), NicRequest("")])
def test_a_card_on_nothing_is_refused(service: NetworkService, request_: NicRequest) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        service.nics.resolve_nics(a_caller(), [request_])

    assert refusal.value.code == "invalid-nic"


def test_a_network_of_another_project_does_not_exist(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    with pytest.raises(NotFound) as refusal:
        service.nics.resolve_nics(a_caller("other"), [NicRequest(network.id)])

    assert refusal.value.code == "network-not-found"


def test_a_network_without_a_subnet_is_refused_in_novas_words(
    service: NetworkService, network: Network
) -> None:
    for requests in ([], [NicRequest("blue")]):
        with pytest.raises(WrongState, match="requires a subnet in order to boot") as refusal:
            service.nics.resolve_nics(a_caller(), requests)
        assert refusal.value.code == "network-without-subnet"


def test_a_free_address_can_be_asked_for(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    (nic,) = service.nics.resolve_nics(a_caller(), [NicRequest("blue", fixed_ip=" 10.1.0.9 ")])

    assert nic.fixed_ip == "10.1.0.9"


@pytest.mark.parametrize(
    ("address", "error", "code"),
    [
        ("10.1.0.5", Conflict, "address-in-use"),
        ("10.1.0.1", InvalidRequest, "invalid-fixed-ip"),
        ("10.2.0.1", InvalidRequest, "invalid-fixed-ip"),
        ("web", InvalidRequest, "invalid-fixed-ip"),
    ],
)
def test_an_address_that_cannot_be_had_is_refused(
    service: NetworkService, subnet: Subnet, address: str, error: type[Exception], code: str
) -> None:
    service.ports.create_port(a_caller(), "blue", fixed_ip="10.1.0.5")

    with pytest.raises(error) as refusal:
        service.nics.resolve_nics(a_caller(), [NicRequest("blue", fixed_ip=address)])

    assert refusal.value.code == code


def test_a_port_brings_its_network_along(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    port = service.ports.create_port(a_caller(), "blue")

    (nic,) = service.nics.resolve_nics(a_caller(), [NicRequest(port_id=port.id)])

    assert nic == ResolvedNic(network.id, port.id, None)


def test_a_port_with_a_network_or_an_address_beside_it_is_refused(
    service: NetworkService, subnet: Subnet
) -> None:
    port = service.ports.create_port(a_caller(), "blue")

    for request in (
        NicRequest("blue", port_id=port.id),
        NicRequest(port_id=port.id, fixed_ip="10.1.0.9"),
    ):
        with pytest.raises(InvalidRequest) as refusal:
            service.nics.resolve_nics(a_caller(), [request])
        assert refusal.value.code == "invalid-nic"


def test_a_port_that_a_server_has_or_another_project_owns_is_refused(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    port = service.ports.create_port(a_caller(), "blue")
    with pytest.raises(NotFound):
        service.nics.resolve_nics(a_caller("other"), [NicRequest(port_id=port.id)])
    service.builds.ensure_ports(
        a_build(SERVER), SERVER, "host-1", [Nic(port.id, network.id, existing=True)]
    )

    with pytest.raises(WrongState) as refusal:
        service.nics.resolve_nics(a_caller(), [NicRequest(port_id=port.id)])

    assert refusal.value.code == "port-in-use"


def test_the_same_port_or_address_twice_is_refused(service: NetworkService, subnet: Subnet) -> None:
    port = service.ports.create_port(a_caller(), "blue")

    for request in (NicRequest(port_id=port.id), NicRequest("blue", fixed_ip="10.1.0.9")):
        with pytest.raises(InvalidRequest) as refusal:
            service.nics.resolve_nics(a_caller(), [request, request])
        assert refusal.value.code == "invalid-nic"


def test_a_pool_that_is_used_up_is_refused_before_the_boot_is_accepted(
    service: NetworkService, add_subnet: Callable[..., Subnet]
) -> None:
    add_subnet("10.1.0.0/29")  # 5 for ports
    for _ in range(4):
        service.ports.create_port(a_caller(), "blue")
    service.nics.resolve_nics(a_caller(), [])

    with pytest.raises(Exhausted) as refusal:
        service.nics.resolve_nics(a_caller(), [NicRequest("blue"), NicRequest("blue")])

    assert refusal.value.code == "no-free-address"
    assert refusal.value.facts["used"] == 4


def test_an_address_that_is_given_back_can_be_booted_with(
    service: NetworkService, add_subnet: Callable[..., Subnet]
) -> None:
    add_subnet("10.1.0.0/30")
    port = service.ports.create_port(a_caller(), "blue")
    with pytest.raises(Exhausted):
        service.nics.resolve_nics(a_caller(), [])

    service.ports.delete_port(a_caller(), port.id)

    assert len(service.nics.resolve_nics(a_caller(), [])) == 1
