"""Subnets in the database."""

from __future__ import annotations

import pytest

from tests.support.networks import a_network, a_port, a_subnet
from vmctld.domain.paging import Page
from vmctld.storage.database import Database
from vmctld.storage.repositories import networks, ports, subnets


@pytest.fixture(autouse=True)
def some_subnets(database: Database) -> None:
    with database.write() as tx:
        networks.insert_network(tx, a_network("n1"))
        networks.insert_network(tx, a_network("n2", project="admin", shared=True))
        subnets.insert_subnet(tx, a_subnet("s1", "n1", third=1))
        subnets.insert_subnet(tx, a_subnet("s2", "n2", third=2))


def test_a_subnet_comes_back_as_it_was(database: Database) -> None:
    with database.read() as tx:
        assert subnets.subnets_of(tx, ["n1"]) == [a_subnet("s1", "n1", third=1)]
        assert subnets.subnets_named(tx, "s1", "demo", any_owner=False) == [a_subnet()]


def test_shared_networks_subnets_are_everybodys_to_see(database: Database) -> None:
    with database.read() as tx:
        listed = subnets.list_subnets(tx, "other", Page())
        of_one = subnets.list_subnets(tx, None, Page(), network_id="n1")

    assert [subnet.id for subnet in listed] == ["s2"]
    assert [subnet.id for subnet in of_one] == ["s1"]


def test_only_a_subnet_without_addresses_in_use_is_deleted(database: Database) -> None:
    with database.write() as tx:
        ports.insert_port(tx, a_port("p1", "n1"), made_for_device=False)
        ports.take_address(tx, "n1", "s1", "p1", "10.1.1.5")
        assert subnets.delete_unused_subnet(tx, "s1") is False
        ports.delete_unbound_port(tx, "p1")
        assert subnets.delete_unused_subnet(tx, "s1") is True
