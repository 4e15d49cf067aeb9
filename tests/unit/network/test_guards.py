"""From groups to what hosts enforce."""

from __future__ import annotations

import pytest

from tests.support.callers import a_build, a_caller, a_service, an_agent
from tests.support.clock import FakeClock
from vmctld.domain.firewall import AddressPair, Direction, EtherType, GuardBook, GuardRule
from vmctld.domain.instance import Nic
from vmctld.domain.network import SubnetRequest
from vmctld.domain.security_group import RuleRequest, default_group_id
from vmctld.errors import Forbidden
from vmctld.network.port_security import SecurityWish
from vmctld.network.service import NetworkService
from vmctld.storage.database import Database

ALICE = a_caller()
AGENT = a_service("agent")
SERVER = "0c7a1d1e-0000-4000-8000-00000000000{}"
PORT = "0c7a1d1e-0000-4000-8000-0000000000a{}"
DEFAULT = default_group_id("demo")
SSH_IN = GuardRule(Direction.INGRESS, EtherType.IPV4, "tcp", 22, 22)


@pytest.fixture
def service(database: Database) -> NetworkService:
    service = NetworkService(database, FakeClock(), port_kind="bridge")
    network = service.networks.create_network(ALICE, "blue")
    service.subnets.create_subnet(ALICE, SubnetRequest(network.id, "10.1.0.0/24"))
    return service


def boot(service: NetworkService, number: int, host: str = "h1", *groups: str) -> None:
    """Have a server with one port built on a host."""
    network_id = service.networks.get_network(ALICE, "blue").id
    ids = tuple(service.security_groups.get_group(ALICE, group).id for group in groups)
    nic = Nic(PORT.format(number), network_id, f"10.1.0.{10 + number}", False, ids)
    server = SERVER.format(number)
    (wiring,) = service.builds.ensure_ports(a_build(server), server, host, [nic])
    assert wiring.guard is not None


def book_of(service: NetworkService, host: str = "h1", digest: str = "") -> GuardBook:
    book = service.guards.of_host(AGENT, host, digest)
    assert book is not None
    return book


def test_a_host_is_told_the_rules_of_its_ports_and_whom_groups_stand_for(
    service: NetworkService,
) -> None:
    boot(service, 1)
    boot(service, 2, "h2")

    book = book_of(service)

    ((guard,),) = book.networks.values()
    assert guard.port_id == PORT.format(1)
    assert guard.addresses == ("10.1.0.11",)
    assert GuardRule(Direction.EGRESS, EtherType.IPV4) in guard.rules
    assert GuardRule(Direction.INGRESS, EtherType.IPV4, remote_group_id=DEFAULT) in guard.rules
    assert book.members == {DEFAULT: ("10.1.0.11", "10.1.0.12")}


def test_the_same_again_is_not_told_again(service: NetworkService) -> None:
    boot(service, 1)
    digest = book_of(service).digest

    assert service.guards.of_host(AGENT, "h1", digest) is None
    service.security_groups.create_rule(ALICE, "default", RuleRequest(protocol="tcp", first=22))
    changed = book_of(service, digest=digest)

    ((guard,),) = changed.networks.values()
    assert SSH_IN in guard.rules
    assert changed.digest != digest


def test_a_rule_of_two_groups_of_a_port_is_told_once(service: NetworkService) -> None:
    for name in ("web", "db"):
        service.security_groups.create_group(ALICE, name)
        service.security_groups.create_rule(ALICE, name, RuleRequest(protocol="tcp", first=22))
    boot(service, 1, "h1", "web", "db")

    ((guard,),) = book_of(service).networks.values()

    assert guard.rules.count(SSH_IN) == 1
    assert len(guard.rules) == 3


def test_pairs_are_with_the_ports_own_mac_and_count_as_members(service: NetworkService) -> None:
    boot(service, 1)
    pairs = [AddressPair("10.1.0.50", ""), AddressPair("10.9.0.0/24", "fa:16:3e:00:00:99")]
    service.port_security.update(ALICE, PORT.format(1), SecurityWish(pairs=pairs))

    book = book_of(service)

    ((guard,),) = book.networks.values()
    assert guard.pairs == (
        AddressPair("10.1.0.50", guard.mac),
        AddressPair("10.9.0.0/24", "fa:16:3e:00:00:99"),
    )
    assert book.members[DEFAULT] == ("10.1.0.11", "10.1.0.50", "10.9.0.0/24")


def test_at_a_port_without_port_security_nothing_is_enforced(service: NetworkService) -> None:
    boot(service, 1)
    service.port_security.update(ALICE, PORT.format(1), SecurityWish(enabled=False))

    book = book_of(service)

    ((guard,),) = book.networks.values()
    assert not guard.enabled
    assert book.members == {}


def test_an_agent_is_told_of_its_own_host_alone(service: NetworkService) -> None:
    assert service.guards.of_host(an_agent("h1"), "h1", "") is not None
    with pytest.raises(Forbidden) as refused:
        service.guards.of_host(an_agent("h1"), "h2", "")

    assert refused.value.code == "other-host"


def test_ports_in_user_mode_are_no_hosts_concern(database: Database) -> None:
    service = NetworkService(database, FakeClock())
    network = service.networks.create_network(ALICE, "blue")
    service.subnets.create_subnet(ALICE, SubnetRequest(network.id, "10.1.0.0/24"))
    nic = Nic(PORT.format(1), network.id)
    (wiring,) = service.builds.ensure_ports(
        a_build(SERVER.format(1)), SERVER.format(1), "h1", [nic]
    )

    assert wiring.guard is None
    assert book_of(service).networks == {}
    assert not service.filters
