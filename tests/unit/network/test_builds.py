"""Ports of an instance: made or bound for its build, given back at its end."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.callers import a_build, a_caller, a_service, an_admin, an_agent
from tests.support.clock import FakeClock
from vmctld.domain.instance import Nic
from vmctld.domain.network import Network, PortStatus, PortWiring, Subnet, SubnetRequest
from vmctld.domain.paging import Page
from vmctld.errors import Conflict, Exhausted, Forbidden, InvalidRequest, NotFound, WrongState
from vmctld.network import port_maker
from vmctld.network.service import NetworkService
from vmctld.storage.database import Database

SERVER = str(uuid.UUID(int=1))
OTHER_SERVER = str(uuid.UUID(int=2))


def a_nic(network: Network, **more: object) -> Nic:
    return Nic(str(uuid.uuid4()), network.id, **more)


def ensure(
    service: NetworkService, *nics: Nic, server: str = SERVER, host: str = "host-1"
) -> tuple[PortWiring, ...]:
    return service.builds.ensure_ports(a_build(server), server, host, nics)


def test_a_build_gets_all_that_its_host_needs_to_wire_a_port(
    service: NetworkService, network: Network, add_subnet: Callable[..., Subnet]
) -> None:
    subnet = add_subnet("10.1.0.0/24", dns_servers=("9.9.9.9",))
    nic = a_nic(network)

    (wiring,) = ensure(service, nic)

    assert wiring == PortWiring(
        port_id=nic.port_id,
        network_id=network.id,
        network_name="blue",
        kind="user",
        mac=wiring.mac,
        mtu_bytes=1500,
        address="10.1.0.2",
        prefix_length=24,
        cidr="10.1.0.0/24",
        gateway="10.1.0.1",
        dns_servers=("9.9.9.9",),
        subnet_id=subnet.id,
    )
    port = service.ports.get_port(a_caller(), nic.port_id)
    assert (port.device_id, port.host, port.status) == (SERVER, "host-1", PortStatus.ACTIVE)


def test_doing_it_again_finds_the_same_ports(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    nics = (a_nic(network), a_nic(network, fixed_ip="10.1.0.50"))
    first = ensure(service, *nics)

    assert ensure(service, *nics) == first
    assert len(service.ports.list_ports(a_caller(), Page())) == 2


def test_the_next_host_takes_over_the_ports_of_the_one_before(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    nic = a_nic(network)
    first = ensure(service, nic, host="host-1")

    assert ensure(service, nic, host="host-2") == first
    assert service.ports.get_port(a_caller(), nic.port_id).host == "host-2"


def test_a_failure_leaves_none_of_the_ports(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    taken = service.ports.create_port(a_caller(), "blue", fixed_ip="10.1.0.9")

    with pytest.raises(Conflict) as refusal:
        ensure(service, a_nic(network), a_nic(network, fixed_ip="10.1.0.9"))

    assert refusal.value.code == "address-in-use"
    assert service.ports.list_ports(a_caller(), Page()) == [taken]


def test_an_empty_pool_leaves_none_of_the_ports(
    service: NetworkService, network: Network, add_subnet: Callable[..., Subnet]
) -> None:
    add_subnet("10.1.0.0/30")

    with pytest.raises(Exhausted) as refusal:
        ensure(service, a_nic(network), a_nic(network))

    assert refusal.value.code == "no-free-address"
    assert service.ports.list_ports(a_caller(), Page()) == []


def test_a_port_that_was_there_is_bound_and_stays_after_the_servers_end(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    port = service.ports.create_port(a_caller(), "blue", fixed_ip="10.1.0.9")
    (wiring,) = ensure(service, Nic(port.id, network.id, existing=True))

    service.builds.release_ports(a_service(), SERVER)

    assert (wiring.mac, wiring.address) == (port.mac, "10.1.0.9")
    assert service.ports.get_port(a_caller(), port.id) == port


def test_a_port_of_another_server_is_refused(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    port = service.ports.create_port(a_caller(), "blue")
    nic = Nic(port.id, network.id, existing=True)
    ensure(service, nic, server=OTHER_SERVER)

    with pytest.raises(WrongState) as refusal:
        ensure(service, a_nic(network), nic)

    assert refusal.value.code == "port-in-use"
    assert service.ports.list_ports(a_caller(), Page(), device_id=SERVER) == []


def test_a_port_that_is_gone_or_on_another_network_is_refused(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    green = service.networks.create_network(a_caller(), "green")
    service.subnets.create_subnet(a_caller(), SubnetRequest("green", "10.3.0.0/24"))
    port = service.ports.create_port(a_caller(), "green")

    for nic in (
        Nic(str(uuid.uuid4()), network.id, existing=True),
        Nic(port.id, network.id, existing=True),
    ):
        with pytest.raises(NotFound) as refusal:
            ensure(service, nic)
        assert refusal.value.code == "port-not-found"
    assert service.ports.get_port(a_caller(), port.id).network_id == green.id


def test_what_another_project_owns_does_not_exist_for_a_build(
    service: NetworkService, subnet: Subnet
) -> None:
    hidden = service.networks.create_network(a_caller("other"), "hidden")
    theirs = service.subnets.create_subnet(
        a_caller("other"), SubnetRequest("hidden", "10.4.0.0/24")
    )
    port = service.ports.create_port(a_caller("other"), "hidden")
    shared = service.networks.create_network(an_admin(), "public", shared=True)
    service.subnets.create_subnet(an_admin(), SubnetRequest("public", "10.9.0.0/24"))
    foreign = service.ports.create_port(a_caller("other"), "public")

    for nic in (
        a_nic(hidden),
        Nic(port.id, theirs.network_id, existing=True),
        Nic(foreign.id, shared.id, existing=True),
        Nic(foreign.id, shared.id),
    ):
        with pytest.raises(NotFound):
            ensure(service, nic)


def test_only_the_build_of_the_instance_makes_its_ports(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    for caller in (a_caller(), an_admin(), a_service(), a_build(OTHER_SERVER)):
        with pytest.raises(Forbidden) as refusal:
            service.builds.ensure_ports(caller, SERVER, "host-1", [a_nic(network)])
        assert refusal.value.code == "build-only"


def test_ports_are_given_back_and_doing_it_again_changes_nothing(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    ensure(service, a_nic(network), a_nic(network))
    (kept,) = ensure(service, a_nic(network), server=OTHER_SERVER)

    for _ in range(2):
        service.builds.release_ports(a_service(), SERVER)

    assert [port.id for port in service.ports.list_ports(a_caller(), Page())] == [kept.port_id]


def test_a_build_gives_back_only_ports_of_its_own_instance(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    first, second = ensure(service, a_nic(network), a_nic(network))
    service.builds.release_ports(a_build(SERVER), SERVER, [first.port_id])

    left = service.ports.list_ports(a_caller(), Page())
    assert [port.id for port in left] == [second.port_id]
    for caller in (a_build(OTHER_SERVER), a_caller()):
        with pytest.raises(Forbidden):
            service.builds.release_ports(caller, SERVER)


def test_a_late_undo_spares_what_the_next_host_was_given(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    nic = a_nic(network)
    ensure(service, nic, host="host-1")
    ensure(service, nic, host="host-2")

    service.builds.release_ports(a_service(), SERVER, [nic.port_id], host="host-1")

    assert service.ports.get_port(a_caller(), nic.port_id).host == "host-2"


def test_an_agent_gives_back_what_its_own_host_has_and_nothing_else(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    nic = a_nic(network)
    ensure(service, nic, host="host-2")

    service.builds.release_ports(an_agent("host-1"), SERVER, [nic.port_id])
    with pytest.raises(Forbidden) as refused:
        service.builds.release_ports(an_agent("host-1"), SERVER, [nic.port_id], host="host-2")

    assert refused.value.code == "other-host"
    assert service.ports.get_port(a_caller(), nic.port_id).host == "host-2"
    service.builds.release_ports(an_agent("host-2"), SERVER)
    with pytest.raises(NotFound):
        service.ports.get_port(a_caller(), nic.port_id)


def test_a_drawn_mac_that_is_taken_is_drawn_again(
    service: NetworkService, network: Network, subnet: Subnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = iter(["fa:16:3e:00:00:01", "fa:16:3e:00:00:01", "fa:16:3e:00:00:02"])
    monkeypatch.setattr(port_maker, "random_mac", lambda: next(draws))

    first, second = ensure(service, a_nic(network), a_nic(network))

    assert (first.mac, second.mac) == ("fa:16:3e:00:00:01", "fa:16:3e:00:00:02")


def test_macs_that_are_all_taken_are_refused(
    service: NetworkService, network: Network, subnet: Subnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(port_maker, "random_mac", lambda: "fa:16:3e:00:00:01")

    with pytest.raises(Exhausted) as refusal:
        ensure(service, a_nic(network), a_nic(network))

    assert refusal.value.code == "no-free-mac"


def test_a_fixed_address_that_no_port_can_have_is_refused(
    service: NetworkService, network: Network, subnet: Subnet
) -> None:
    with pytest.raises(InvalidRequest):
        ensure(service, a_nic(network, fixed_ip="10.1.0.255"))


def test_a_port_on_a_subnet_that_another_process_just_made_is_wired(
    service: NetworkService, database: Database, network: Network, subnet: Subnet
) -> None:
    service.nics.resolve_nics(a_caller(), [])
    ensure(service, a_nic(network))  # the network is remembered with one subnet from now on
    other = NetworkService(database, FakeClock())
    other.subnets.create_subnet(a_caller(), SubnetRequest("blue", "10.2.0.0/24"))
    port = other.ports.create_port(a_caller(), "blue", fixed_ip="10.2.0.9")

    (wiring,) = ensure(service, Nic(port.id, network.id, existing=True))

    assert (wiring.address, wiring.cidr) == ("10.2.0.9", "10.2.0.0/24")


def test_builds_at_the_same_time_share_a_pool_without_a_clash_or_a_gap(
    service: NetworkService, network: Network, add_subnet: Callable[..., Subnet]
) -> None:
    add_subnet("10.1.0.0/27")  # 29 for ports

    def build(number: int) -> str | None:
        try:
            (wiring,) = ensure(service, a_nic(network), server=str(uuid.UUID(int=number)))
        except Exhausted:
            return None
        return wiring.address

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(build, range(40)))

    addresses = [address for address in given if address]
    assert sorted(addresses, key=lambda a: int(a.rpartition(".")[2])) == [
        f"10.1.0.{n}" for n in range(2, 31)
    ]
