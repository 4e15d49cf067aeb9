"""Making one port with its address."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.networks import a_port
from vmctld.domain.network import FixedIp, Network, Port, Subnet
from vmctld.errors import Conflict, WrongState
from vmctld.network.ipam import AddressPicker
from vmctld.network.port_maker import PortMaker
from vmctld.network.topology import NetworkPlan
from vmctld.storage.database import Database


def make(database: Database, plan: NetworkPlan, port: Port, fixed_ip: str | None) -> Port | None:
    with database.write() as tx:
        return PortMaker(AddressPicker()).make(tx, port, plan, fixed_ip, made_for_device=True)


def test_a_port_gets_a_mac_and_an_address(
    database: Database, network: Network, subnet: Subnet
) -> None:
    plan, port = NetworkPlan(network, (subnet,)), replace(a_port("p1", network.id), mac="")

    made = make(database, plan, port, None)

    assert made is not None
    assert made.mac.startswith("fa:16:3e:")
    assert replace(made, mac="") == replace(port, fixed_ips=(FixedIp(subnet.id, "10.1.0.2"),))


def test_what_it_came_with_it_keeps(database: Database, network: Network, subnet: Subnet) -> None:
    plan, port = NetworkPlan(network, (subnet,)), a_port("p1", network.id)

    made = make(database, plan, port, "10.1.0.9")

    assert made == replace(port, fixed_ips=(FixedIp(subnet.id, "10.1.0.9"),))


def test_an_id_that_is_there_is_none_of_its_business(
    database: Database, network: Network, subnet: Subnet
) -> None:
    plan, port = NetworkPlan(network, (subnet,)), replace(a_port("p1", network.id), mac="")
    make(database, plan, port, None)

    assert make(database, plan, port, None) is None


def test_a_taken_address_leaves_no_port(
    database: Database, network: Network, subnet: Subnet
) -> None:
    plan = NetworkPlan(network, (subnet,))
    make(database, plan, a_port("p1", network.id), "10.1.0.9")

    with pytest.raises(Conflict) as refusal:
        make(database, plan, a_port("p2", network.id), "10.1.0.9")

    assert refusal.value.code == "address-in-use"
    assert make(database, plan, a_port("p2", network.id), None) is not None


def test_a_network_without_a_subnet_has_no_ports(database: Database, network: Network) -> None:
    with pytest.raises(WrongState):
        make(database, NetworkPlan(network, ()), a_port("p1", network.id), None)
