"""What is enforced at ports, in the database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.clock import NOON
from tests.support.networks import a_network, a_port, a_subnet
from vmctld.domain.firewall import AddressPair
from vmctld.domain.network import BRIDGE, DHCP, FixedIp, PortSecurity
from vmctld.domain.security_group import default_group_id
from vmctld.storage.database import Database
from vmctld.storage.repositories import networks, port_security, ports, subnets

PAIR = AddressPair("10.1.1.50", "")
IN_A = PortSecurity(("a",), pairs=(PAIR,))


@pytest.fixture(autouse=True)
def some_ports(database: Database) -> None:
    """Keep ``p1`` of a server on a bridge, ``p2`` of nobody, and one of the hosts' own."""
    with database.write() as tx:
        networks.insert_network(tx, a_network())
        subnets.insert_subnet(tx, a_subnet())
        bridged = replace(a_port("p1", device_id="i1"), kind=BRIDGE, security=IN_A)
        for port in (bridged, a_port("p2"), replace(a_port("p3"), device_owner=DHCP)):
            ports.insert_port(tx, port, made_for_device=False)
        ports.take_address(tx, "n1", "s1", "p1", "10.1.1.5")


def test_what_is_enforced_comes_back_with_the_port(database: Database) -> None:
    with database.write() as tx:
        found = ports.get_port(tx, "p1")
        assert found is not None
        assert found.security == IN_A
        off = PortSecurity((), enabled=False)
        assert port_security.set_security(tx, "p1", off, NOON)
        assert not port_security.set_security(tx, "p9", off, NOON)
        again = ports.get_port(tx, "p1")
        assert again is not None
        assert again.security == off


def test_ports_are_found_by_host_by_server_and_by_project(database: Database) -> None:
    with database.read() as tx:
        (here,) = port_security.bridged_on(tx, "host-1")
        assert here.fixed_ips == (FixedIp("s1", "10.1.1.5"),)
        assert port_security.bridged_on(tx, "host-2") == []
        assert port_security.of_instance(tx, "i1") == [here]
        secured = {one.port_id: one for one in port_security.secured_in(tx, ["demo"])}
        assert secured.keys() == {"p1", "p2"}
        assert secured["p1"].group_ids == ("a",)
        assert secured["p1"].pairs == (PAIR,)
        assert secured["p2"].group_ids == (default_group_id("demo"),)
        assert port_security.addresses_in(tx, ["demo"]) == {"p1": ["10.1.1.5"]}
        assert [*port_security.secured_in(tx, ["other"])] == []


def test_a_release_tells_of_the_bridged_ports_that_are_gone(database: Database) -> None:
    with database.write() as tx:
        kept = ports.release_ports(tx, "i1", port_ids=(), host=None, now=NOON)
        made = replace(a_port("p4", device_id="i2"), kind=BRIDGE)
        ports.insert_port(tx, made, made_for_device=True)
        ports.insert_port(tx, a_port("p5", device_id="i2"), made_for_device=True)
        gone = ports.release_ports(tx, "i2", port_ids=["p4", "p5"], host="host-1", now=NOON)

    assert kept == []  # it stays, unbound, and in its group
    assert gone == [("demo", PortSecurity())]
