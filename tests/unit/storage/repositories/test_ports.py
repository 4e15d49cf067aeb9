"""Ports and the addresses they hold, in the database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.clock import NOON
from tests.support.networks import a_network, a_port, a_subnet
from vmctld.domain.network import FixedIp, PortStatus
from vmctld.domain.paging import Page
from vmctld.errors import NotFound
from vmctld.storage.database import Database
from vmctld.storage.repositories import networks, ports, subnets


@pytest.fixture(autouse=True)
def some_networks(database: Database) -> None:
    with database.write() as tx:
        for number in (1, 2):
            networks.insert_network(tx, a_network(f"n{number}"))
            subnets.insert_subnet(tx, a_subnet(f"s{number}", f"n{number}", third=number))


def test_a_port_comes_back_with_its_addresses(database: Database) -> None:
    with database.write() as tx:
        assert ports.insert_port(tx, a_port("p1"), made_for_device=False)
        assert ports.take_address(tx, "n1", "s1", "p1", "10.1.1.5")
        wanted = replace(a_port("p1"), fixed_ips=(FixedIp("s1", "10.1.1.5"),))

        assert ports.get_port(tx, "p1") == wanted
        assert ports.list_ports(tx, "demo", Page(), network_id="n1") == [wanted]
        assert ports.list_ports(tx, "demo", Page(), network_id="n2") == []
        assert ports.get_port(tx, "p9") is None


def test_an_id_a_mac_or_an_address_is_had_once(database: Database) -> None:
    with database.write() as tx:
        assert ports.insert_port(tx, a_port("p1"), made_for_device=False)
        assert not ports.insert_port(tx, a_port("p1"), made_for_device=False)
        twin = replace(a_port("p2"), mac=a_port("p1").mac)
        assert not ports.insert_port(tx, twin, made_for_device=False)
        assert ports.take_address(tx, "n1", "s1", "p1", "10.1.1.5")
        assert not ports.take_address(tx, "n1", "s1", "p1", "10.1.1.5")
        assert ports.take_address(tx, "n2", "s2", "p1", "10.1.1.5")  # on another network


def test_a_network_or_a_subnet_that_was_deleted_meanwhile_is_not_found(
    database: Database,
) -> None:
    with pytest.raises(NotFound) as no_network, database.write() as tx:
        ports.insert_port(tx, a_port("p1", "gone"), made_for_device=False)
    with database.write() as tx:
        ports.insert_port(tx, a_port("p1"), made_for_device=False)
    with pytest.raises(NotFound) as no_subnet, database.write() as tx:
        ports.take_address(tx, "n1", "gone", "p1", "10.1.1.5")

    assert no_network.value.code == "network-not-found"
    assert no_subnet.value.code == "subnet-not-found"
    with database.read() as tx:
        assert [p.fixed_ips for p in ports.list_ports(tx, None, Page())] == [()]


def test_a_port_is_bound_by_one_instance_and_within_its_project(database: Database) -> None:
    def bind(instance_id: str, owner_id: str = "demo") -> bool:
        return ports.bind_port(
            tx, "p1", owner_id=owner_id, instance_id=instance_id, host="host-2", now=NOON
        )

    with database.write() as tx:
        ports.insert_port(tx, a_port("p1"), made_for_device=False)
        assert [bind("i1", "other"), bind("i1"), bind("i1"), bind("i2")] == [
            False,
            True,
            True,
            False,
        ]
        port = ports.get_port(tx, "p1")

    assert port is not None
    assert (port.device_id, port.host, port.status) == ("i1", "host-2", PortStatus.ACTIVE)


@pytest.mark.parametrize(
    ("port_ids", "host", "left_with_i1"),
    [
        ([], None, set()),
        (["p1"], None, {"p2"}),
        ([], "host-1", set()),
        ([], "host-9", {"p1", "p2"}),
        (["p3"], None, {"p1", "p2"}),
    ],
)
def test_ports_are_released_all_some_or_those_of_a_host(
    database: Database, port_ids: list[str], host: str | None, left_with_i1: set[str]
) -> None:
    with database.write() as tx:
        ports.insert_port(tx, a_port("p1", device_id="i1"), made_for_device=True)
        ports.insert_port(tx, a_port("p2", device_id="i1"), made_for_device=False)
        ports.insert_port(tx, a_port("p3", device_id="i2"), made_for_device=True)
        ports.take_address(tx, "n1", "s1", "p1", "10.1.1.5")

        ports.release_ports(tx, "i1", port_ids=port_ids, host=host, now=NOON)

        held = ports.list_ports(tx, None, Page(), device_id="i1")
        assert {port.id for port in held} == left_with_i1
        assert (ports.get_port(tx, "p1") is None) == ("p1" not in left_with_i1)
        assert ports.get_port(tx, "p2") is not None  # it was there before the instance
        assert ports.address_is_taken(tx, "n1", "10.1.1.5") == ("p1" in left_with_i1)
        assert ports.list_ports(tx, None, Page(), device_id="i2")


def test_addresses_and_their_users_are_counted(database: Database) -> None:
    with database.write() as tx:
        for port_id, address in (("p1", "10.1.1.5"), ("p2", "10.1.1.6")):
            ports.insert_port(tx, a_port(port_id), made_for_device=False)
            ports.take_address(tx, "n1", "s1", port_id, address)

        assert ports.count_addresses(tx, "s1") == 2
        assert set(ports.addresses_in(tx, "s1")) == {"10.1.1.5", "10.1.1.6"}
        assert ports.port_ids_on(tx, network_id="n1") == ["p1", "p2"]
        assert ports.port_ids_on(tx, subnet_id="s1") == ["p1", "p2"]
        assert ports.count_addresses(tx, "s2") == 0
