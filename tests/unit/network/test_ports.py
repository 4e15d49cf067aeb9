"""Ports that users make."""

from __future__ import annotations

import pytest

from tests.support.callers import a_build, a_caller, an_admin
from vmctld.domain.instance import Nic
from vmctld.domain.network import Network, PortStatus, Subnet, SubnetRequest
from vmctld.domain.paging import Page
from vmctld.errors import AlreadyExists, Conflict, InvalidRequest, NotFound, WrongState
from vmctld.network.service import NetworkService

SERVER = "0c7a1d1e-0000-4000-8000-000000000001"


def test_a_port_has_an_address_and_a_mac_without_being_asked(
    service: NetworkService, subnet: Subnet
) -> None:
    port = service.ports.create_port(a_caller(), "blue", name="p")

    assert port.fixed_ips[0].subnet_id == subnet.id
    assert port.mac.startswith("fa:16:3e:")
    assert (port.device_id, port.host, port.status) == (None, None, PortStatus.DOWN)
    assert service.ports.get_port(a_caller(), "p") == port


def test_a_port_has_the_address_and_the_mac_that_were_asked_for(
    service: NetworkService, subnet: Subnet
) -> None:
    port = service.ports.create_port(
        a_caller(), "blue", fixed_ip="10.1.0.77", mac="52-54-00-AA-BB-CC"
    )

    assert port.fixed_ips[0].address == "10.1.0.77"
    assert port.mac == "52:54:00:aa:bb:cc"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"fixed_ip": "10.1.0.1"}, "invalid-fixed-ip"),
        ({"fixed_ip": "10.1.0.255"}, "invalid-fixed-ip"),
        ({"fixed_ip": "10.2.0.5"}, "invalid-fixed-ip"),
        ({"fixed_ip": "five"}, "invalid-fixed-ip"),
        ({"mac": "01:00:5e:00:00:01"}, "invalid-mac"),
        ({"name": "a=b"}, "invalid-name"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    service: NetworkService, subnet: Subnet, parts: dict[str, str], code: str
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        service.ports.create_port(a_caller(), "blue", **parts)

    assert refusal.value.code == code
    assert service.ports.list_ports(a_caller(), Page()) == []


def test_an_address_or_a_mac_that_is_taken_is_refused(
    service: NetworkService, subnet: Subnet
) -> None:
    port = service.ports.create_port(a_caller(), "blue")

    with pytest.raises(Conflict) as no_address:
        service.ports.create_port(a_caller(), "blue", fixed_ip=port.fixed_ips[0].address)
    with pytest.raises(AlreadyExists) as no_mac:
        service.ports.create_port(a_caller(), "blue", mac=port.mac)

    assert (no_address.value.code, no_mac.value.code) == ("address-in-use", "mac-in-use")
    assert service.ports.list_ports(a_caller(), Page()) == [port]


def test_a_network_without_a_subnet_has_no_ports(service: NetworkService, network: Network) -> None:
    with pytest.raises(WrongState) as refusal:
        service.ports.create_port(a_caller(), "blue")

    assert refusal.value.code == "network-without-subnet"


def test_a_project_has_its_own_ports_on_a_shared_network(service: NetworkService) -> None:
    service.networks.create_network(an_admin(), "public", shared=True)
    service.subnets.create_subnet(an_admin(), SubnetRequest("public", "10.9.0.0/24"))

    port = service.ports.create_port(a_caller(), "public")

    assert port.project_id == "demo"
    with pytest.raises(NotFound):
        service.ports.get_port(a_caller("other"), port.id)
    assert service.ports.get_port(an_admin(), port.id) == port


def test_a_list_can_be_of_one_network_or_of_one_server(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    idle = service.ports.create_port(a_caller(), "blue")
    nic = Nic("0c7a1d1e-0000-4000-8000-0000000000aa", network.id)
    service.builds.ensure_ports(a_build(SERVER), SERVER, "host-1", [nic])

    of_server = service.ports.list_ports(a_caller(), Page(), device_id=SERVER.upper())
    of_network = service.ports.list_ports(a_caller(), Page(), network="blue")

    assert [port.id for port in of_server] == [nic.port_id]
    assert {port.id for port in of_network} == {nic.port_id, idle.id}
    with pytest.raises(InvalidRequest):
        service.ports.list_ports(a_caller(), Page(), device_id="web")


def test_a_port_of_a_server_is_not_deleted(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    nic = Nic("0c7a1d1e-0000-4000-8000-0000000000aa", network.id)
    service.builds.ensure_ports(a_build(SERVER), SERVER, "host-1", [nic])

    with pytest.raises(WrongState) as refusal:
        service.ports.delete_port(a_caller(), nic.port_id)

    assert refusal.value.code == "port-in-use"
    assert refusal.value.facts["device_id"] == SERVER


def test_a_deleted_port_gives_its_address_back(service: NetworkService, subnet: Subnet) -> None:
    port = service.ports.create_port(a_caller(), "blue", fixed_ip="10.1.0.9")
    service.ports.delete_port(a_caller(), port.id)

    again = service.ports.create_port(a_caller(), "blue", fixed_ip="10.1.0.9")

    assert again.fixed_ips == port.fixed_ips
    with pytest.raises(NotFound):
        service.ports.delete_port(a_caller(), port.id)
