"""The hosts' own address on a subnet: taken once, shown as a port, gone with its subnet."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from tests.support.callers import a_build, a_caller
from tests.support.clock import FakeClock
from vmctld.domain.instance import Nic
from vmctld.domain.network import DHCP, Network, Port, PortWiring, Subnet
from vmctld.domain.paging import Page
from vmctld.errors import Exhausted, WrongState
from vmctld.network.service import NetworkService
from vmctld.storage.database import Database

SERVER = str(uuid.UUID(int=1))


@pytest.fixture
def service(database: Database) -> NetworkService:
    return NetworkService(database, FakeClock(), port_kind="bridge")


def wired(service: NetworkService, network: Network, server: str = SERVER) -> PortWiring:
    nic = Nic(str(uuid.uuid4()), network.id)
    (wiring,) = service.builds.ensure_ports(a_build(server), server, "host-1", [nic])
    return wiring


def all_ports(service: NetworkService) -> list[Port]:
    return list(service.ports.list_ports(a_caller(), Page(100, None)))


def test_hosts_take_one_address_for_all_guests_of_a_subnet(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    first, second = wired(service, network), wired(service, network)

    assert first.service_address == second.service_address
    owners = [port.device_owner for port in all_ports(service)]
    assert sorted(owners) == ["compute:nova", "compute:nova", DHCP]


def test_a_bridged_port_may_use_its_own_address_alone(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    wiring = wired(service, network)

    assert wiring.guard is not None
    assert (wiring.guard.mac, wiring.guard.addresses) == (wiring.mac, (wiring.address,))
    assert wiring.guard.enabled


def test_the_hosts_own_port_keeps_no_network_and_no_subnet_from_being_deleted(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    wired(service, network)
    with pytest.raises(WrongState):
        service.subnets.delete_subnet(a_caller(), subnet.id)
    service.builds.release_ports(a_build(SERVER), SERVER)
    assert [port.device_owner for port in all_ports(service)] == [DHCP]

    service.subnets.delete_subnet(a_caller(), subnet.id)
    service.networks.delete_network(a_caller(), network.id)

    assert all_ports(service) == []


def test_a_network_goes_with_the_hosts_own_port(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    wired(service, network)
    service.builds.release_ports(a_build(SERVER), SERVER)

    service.networks.delete_network(a_caller(), network.id)

    assert all_ports(service) == []


def test_nobody_deletes_the_hosts_own_port(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    wired(service, network)
    (own,) = (port for port in all_ports(service) if port.device_owner == DHCP)

    with pytest.raises(WrongState):
        service.ports.delete_port(a_caller(), own.id)


def test_a_subnet_without_room_for_the_hosts_own_address_says_so(
    service: NetworkService, network: Network, add_subnet: Callable[..., Subnet]
) -> None:
    add_subnet("10.1.0.0/30")  # a gateway, and one address

    with pytest.raises(Exhausted) as refused:
        wired(service, network)

    assert refused.value.code == "no-free-address"
    assert all_ports(service) == []
