"""Which address a port gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tests.support.callers import a_caller
from tests.support.clock import FakeClock
from vmctld.domain.network import AllocationPool, Network, Port, Subnet
from vmctld.domain.paging import Page
from vmctld.errors import Exhausted
from vmctld.network import ipam
from vmctld.network.ipam import AddressCursor, AddressPicker
from vmctld.network.service import NetworkService
from vmctld.storage.database import Database, Tx

AddSubnet = Callable[..., Subnet]


def address_of(port: Port) -> str:
    return port.fixed_ips[0].address


def create_ports(service: NetworkService, network: Network, count: int) -> list[Port]:
    return [service.ports.create_port(a_caller(), network.id) for _ in range(count)]


def test_addresses_are_given_one_after_the_other(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    given = [address_of(port) for port in create_ports(service, network, 3)]

    assert given == ["10.1.0.2", "10.1.0.3", "10.1.0.4"]


def test_an_address_given_back_is_given_again_only_after_all_others(
    service: NetworkService, network: Network, add_subnet: AddSubnet
) -> None:
    add_subnet("10.1.0.0/29")  # .1 is the gateway: .2 to .6
    first = create_ports(service, network, 1)[0]
    service.ports.delete_port(a_caller(), first.id)

    given = [address_of(port) for port in create_ports(service, network, 5)]

    assert given == ["10.1.0.3", "10.1.0.4", "10.1.0.5", "10.1.0.6", "10.1.0.2"]


def test_every_address_of_several_pools_is_given_once(
    service: NetworkService, network: Network, add_subnet: AddSubnet
) -> None:
    pools = (AllocationPool("10.1.0.10", "10.1.0.11"), AllocationPool("10.1.0.20", "10.1.0.20"))
    add_subnet(pools=pools)

    given = [address_of(port) for port in create_ports(service, network, 3)]

    assert given == ["10.1.0.10", "10.1.0.11", "10.1.0.20"]


def test_a_subnet_that_is_used_up_passes_on_to_the_next_one(
    service: NetworkService, network: Network, add_subnet: AddSubnet
) -> None:
    add_subnet("10.1.0.0/30")
    add_subnet("10.2.0.0/30")

    given = [address_of(port) for port in create_ports(service, network, 2)]

    assert given == ["10.1.0.2", "10.2.0.2"]


def test_no_free_address_is_refused_with_the_numbers(
    service: NetworkService, network: Network, add_subnet: AddSubnet
) -> None:
    add_subnet("10.1.0.0/29")
    create_ports(service, network, 5)

    with pytest.raises(Exhausted) as refusal:
        create_ports(service, network, 1)

    assert refusal.value.code == "no-free-address"
    assert refusal.value.facts["pool_size"] == 5
    assert refusal.value.facts["used"] == 5
    assert len(service.ports.list_ports(a_caller(), Page())) == 5


def test_a_fresh_process_finds_the_gaps_that_others_left(
    service: NetworkService, database: Database, network: Network, add_subnet: AddSubnet
) -> None:
    add_subnet("10.1.0.0/27")
    ports = create_ports(service, network, 29)
    service.ports.delete_port(a_caller(), ports[17].id)
    service.ports.delete_port(a_caller(), ports[23].id)
    restarted = NetworkService(database, FakeClock())

    given = {address_of(port) for port in create_ports(restarted, network, 2)}

    assert given == {address_of(ports[17]), address_of(ports[23])}


def test_addresses_asked_for_outside_of_the_pools_do_not_use_them_up(
    service: NetworkService, network: Network, add_subnet: AddSubnet
) -> None:
    add_subnet(pools=(AllocationPool("10.1.0.10", "10.1.0.10"),))
    for last in (50, 51):
        service.ports.create_port(a_caller(), network.id, fixed_ip=f"10.1.0.{last}")

    (nic,) = service.nics.resolve_nics(a_caller(), [])

    assert nic.network_id == network.id
    assert address_of(create_ports(service, network, 1)[0]) == "10.1.0.10"


def test_a_cursor_proposes_only_gaps_once_it_has_looked(subnet: Subnet) -> None:
    cursor = AddressCursor(subnet)
    taken = [f"10.1.0.{n}" for n in range(2, 250)]

    found = cursor.look_for_gaps(taken)

    assert found == 5
    assert [cursor.propose() for _ in range(5)] == [f"10.1.0.{n}" for n in range(250, 255)]


def test_a_cursor_looks_ahead_only_so_far(subnet: Subnet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ipam, "GAPS_AHEAD", 3)
    cursor = AddressCursor(subnet)

    assert cursor.look_for_gaps(["10.1.0.3"]) == 3
    assert [cursor.propose() for _ in range(4)] == [f"10.1.0.{n}" for n in (2, 4, 5, 6)]


def test_a_gap_that_others_take_first_is_looked_for_again(
    service: NetworkService,
    database: Database,
    network: Network,
    subnet: Subnet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    create_ports(service, network, 8)
    picker = AddressPicker()  # of a process that knows nothing yet
    look, seen = ipam.ports.addresses_in, []

    def look_too_early(tx: Tx, subnet_id: str) -> Sequence[str]:
        seen.append(subnet_id)
        found = look(tx, subnet_id)
        return [] if len(seen) == 1 else found

    monkeypatch.setattr(ipam.ports, "addresses_in", look_too_early)
    port = service.ports.create_port(a_caller(), network.id)
    with database.write() as tx:
        ipam.ports.delete_unbound_port(tx, port.id)
        ipam.ports.insert_port(tx, port, made_for_device=False)
        taken = picker.take_any(tx, [subnet], port.id)

    assert taken == (subnet, "10.1.0.10")
    assert len(seen) > 1
