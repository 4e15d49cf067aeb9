"""Networks in the database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.networks import a_network, a_port, a_subnet
from vmctld.domain.paging import Page
from vmctld.storage.database import Database
from vmctld.storage.repositories import networks, ports, subnets


@pytest.fixture(autouse=True)
def some_networks(database: Database) -> None:
    with database.write() as tx:
        networks.insert_network(tx, a_network("n1"))
        networks.insert_network(tx, a_network("n2", project="admin", shared=True))
        networks.insert_network(tx, a_network("n3", project="other"))
        subnets.insert_subnet(tx, a_subnet("s1", "n1", third=1))
        subnets.insert_subnet(tx, a_subnet("s2", "n1", third=2))


def test_a_network_comes_back_with_its_subnets(database: Database) -> None:
    with database.read() as tx:
        assert networks.get_network(tx, "n1") == replace(a_network("n1"), subnet_ids=("s1", "s2"))
        assert networks.get_network(tx, "n9") is None


def test_a_project_sees_its_own_and_the_shared_ones(database: Database) -> None:
    with database.read() as tx:
        listed = networks.list_networks(tx, "demo", Page())
        everything = networks.list_networks(tx, None, Page())
        visible = networks.visible_networks(tx, "demo")

    assert [network.id for network in listed] == ["n1", "n2"]
    assert [network.id for network in everything] == ["n1", "n2", "n3"]
    assert {network.id for network in visible} == {"n1", "n2"}


def test_a_name_is_looked_up_among_what_the_project_sees(database: Database) -> None:
    with database.read() as tx:
        assert [n.id for n in networks.networks_named(tx, "n2", "demo", any_owner=False)] == ["n2"]
        assert networks.networks_named(tx, "n3", "demo", any_owner=True) == []


def test_only_a_network_without_ports_is_deleted(database: Database) -> None:
    with database.write() as tx:
        ports.insert_port(tx, a_port("p1", "n1"), made_for_device=False)
        assert networks.delete_unused_network(tx, "n1") is False
        assert len(subnets.subnets_of(tx, ["n1"])) == 2
        ports.delete_unbound_port(tx, "p1")
        assert networks.delete_unused_network(tx, "n1") is True
        assert subnets.subnets_of(tx, ["n1"]) == []
