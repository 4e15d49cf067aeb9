"""Networks with their subnets, kept in memory."""

from __future__ import annotations

import pytest

from tests.support.callers import a_caller
from tests.support.clock import FakeClock
from vmctld.domain.network import Network, Subnet, SubnetRequest
from vmctld.network import topology as module
from vmctld.network.service import NetworkService
from vmctld.network.topology import LIFETIME_S, Topology
from vmctld.storage.database import Database


def test_a_change_by_another_process_is_seen_soon(
    service: NetworkService, database: Database, network: Network, subnet: Subnet
) -> None:
    clock = FakeClock()
    topology = Topology(database, clock.monotonic)
    assert topology.network(network.id).subnets == (subnet,)
    service.subnets.create_subnet(a_caller(), SubnetRequest("blue", "10.2.0.0/24"))
    assert len(topology.network(network.id).subnets) == 1

    clock.advance(LIFETIME_S)

    assert len(topology.network(network.id).subnets) == 2


def test_what_is_not_there_is_none_of_anybodys(database: Database) -> None:
    topology = Topology(database)

    assert topology.network("nowhere") is None
    assert topology.visible_to("demo") == ()


def test_a_change_in_this_process_is_seen_at_once(
    service: NetworkService, database: Database, network: Network
) -> None:
    topology = Topology(database)
    topology.visible_to("demo")
    service.networks.delete_network(a_caller(), "blue")

    topology.forget()

    assert topology.visible_to("demo") == ()


def test_what_was_read_before_a_change_is_not_kept(
    service: NetworkService,
    database: Database,
    network: Network,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    topology = Topology(database)
    read = module._plans_of

    def slow_read(*args: object) -> object:
        plans = read(*args)
        topology.forget()  # somebody changes something before this is remembered
        return plans

    monkeypatch.setattr(module, "_plans_of", slow_read)
    topology.visible_to("demo")
    monkeypatch.undo()
    service.networks.delete_network(a_caller(), "blue")

    assert topology.visible_to("demo") == ()


def test_memory_is_bounded(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 3)
    topology = Topology(database)

    for number in range(10):
        topology.visible_to(f"project-{number}")

    assert len(topology._kept) <= 3
