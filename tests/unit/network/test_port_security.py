"""What is enforced at ports: groups, address pairs, or nothing by choice."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.support.callers import a_build, a_caller
from tests.support.clock import FakeClock
from vmctld.domain.firewall import AddressPair
from vmctld.domain.instance import Nic
from vmctld.domain.network import OF_DEFAULT_GROUP, PortSecurity, SubnetRequest
from vmctld.domain.paging import Page
from vmctld.errors import InvalidRequest, NotFound, WrongState
from vmctld.network.port_security import MAX_PAIRS, PortSecurities, SecurityWish
from vmctld.network.service import NetworkService
from vmctld.storage.database import Database

ALICE, BOB = a_caller(), a_caller("other", user="bob")
SERVER = "0c7a1d1e-0000-4000-8000-000000000001"
PORT = "0c7a1d1e-0000-4000-8000-0000000000aa"


class Told:
    """The hosts that were told to look again."""

    def __init__(self) -> None:
        self.hosts: list[str] = []

    def __call__(self, hosts: Iterable[str]) -> None:
        self.hosts += sorted(hosts)

    def since(self) -> list[str]:
        """Return those told since the last question."""
        hosts, self.hosts = self.hosts, []
        return hosts


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def service(database: Database, told: Told) -> NetworkService:
    """Networks on bridges, one of them with a subnet, and a group."""
    service = NetworkService(database, FakeClock(), port_kind="bridge", tell=told)
    network = service.networks.create_network(ALICE, "blue")
    service.subnets.create_subnet(ALICE, SubnetRequest(network.id, "10.1.0.0/24"))
    service.security_groups.create_group(ALICE, "web")
    return service


@pytest.fixture
def ports(service: NetworkService) -> PortSecurities:
    return service.port_security


def boot(
    service: NetworkService, port_id: str = PORT, host: str = "h1", server: str = SERVER
) -> None:
    """Have a server with one port built on a host."""
    network_id = service.networks.get_network(ALICE, "blue").id
    service.builds.ensure_ports(a_build(server), server, host, [Nic(port_id, network_id)])


def test_a_port_is_in_its_default_group_unless_it_is_said_otherwise(
    service: NetworkService,
) -> None:
    web = service.security_groups.get_group(ALICE, "web")
    create = service.ports.create_port

    assert create(ALICE, "blue").security == OF_DEFAULT_GROUP
    assert create(ALICE, "blue", security=SecurityWish(groups=["web", web.id])).security == (
        PortSecurity(group_ids=(web.id,))
    )
    assert create(ALICE, "blue", security=SecurityWish(groups=[])).security.group_ids == ()
    open_port = create(ALICE, "blue", security=SecurityWish(enabled=False))
    assert open_port.security == PortSecurity(group_ids=(), enabled=False)
    assert service.ports.get_port(ALICE, open_port.id) == open_port


def test_what_is_enforced_changes_part_by_part(
    service: NetworkService, ports: PortSecurities
) -> None:
    port = service.ports.create_port(ALICE, "blue", name="p")
    pair = AddressPair("10.1.0.50", "")

    def update(**wish: object) -> PortSecurity:
        return ports.update(ALICE, "p", SecurityWish(**wish)).security  # type: ignore[arg-type]

    web = service.security_groups.get_group(ALICE, "web").id
    assert update(groups=["web"]).group_ids == (web,)
    assert update(pairs=[pair]) == PortSecurity((web,), True, (pair,))
    assert update(enabled=False) == PortSecurity((), False)
    assert update(enabled=True) == OF_DEFAULT_GROUP
    assert service.ports.get_port(ALICE, port.id).security == OF_DEFAULT_GROUP
    with pytest.raises(InvalidRequest) as refused:
        update(enabled=False, groups=["web"])
    assert refused.value.code == "port-security-disabled"


@pytest.mark.parametrize(
    ("pair", "kept"),
    [
        (("10.1.0.50", ""), ("10.1.0.50", "")),
        (("10.1.0.50/24", "FA-16-3E-00-00-99"), ("10.1.0.0/24", "fa:16:3e:00:00:99")),
        (("fd00::5", ""), ("fd00::5", "")),
    ],
)
def test_address_pairs_are_kept_in_their_usual_form(
    service: NetworkService, pair: tuple[str, str], kept: tuple[str, str]
) -> None:
    wish = SecurityWish(pairs=[AddressPair(*pair)] * 2)

    made = service.ports.create_port(ALICE, "blue", security=wish)

    assert made.security.pairs == (AddressPair(*kept),)


@pytest.mark.parametrize(
    ("cidr", "mac", "code"),
    [
        ("10.1.0.0/33", "", "invalid-address-pair"),
        ("nobody", "", "invalid-address-pair"),
        ("0.0.0.0/0", "", "invalid-address-pair"),
        ("::/0", "", "invalid-address-pair"),
        ("10.1.0.50", "01:00:5e:00:00:01", "invalid-mac"),
        ("10.1.0.50", "fa:16", "invalid-mac"),
    ],
)
def test_what_is_no_address_pair_is_refused(
    service: NetworkService, cidr: str, mac: str, code: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        service.ports.create_port(
            ALICE, "blue", security=SecurityWish(pairs=[AddressPair(cidr, mac)])
        )

    assert refused.value.code == code


def test_more_pairs_or_groups_than_a_port_has_room_for_are_refused(
    service: NetworkService,
) -> None:
    pairs = [AddressPair(f"10.1.0.{number}", "") for number in range(MAX_PAIRS + 1)]
    groups = ["web"] * 33

    for wish, code in (
        (SecurityWish(pairs=pairs), "too-many-address-pairs"),
        (SecurityWish(groups=groups), "too-many-security-groups"),
    ):
        with pytest.raises(InvalidRequest) as refused:
            service.ports.create_port(ALICE, "blue", security=wish)
        assert refused.value.code == code


def test_a_server_is_put_into_a_group_and_taken_out(
    service: NetworkService, ports: PortSecurities, told: Told
) -> None:
    boot(service)
    told.since()

    assert ports.add_to_instance(ALICE, SERVER, "web")
    assert told.since() == ["h1"]
    assert [group.name for group in ports.groups_of_instance(ALICE, SERVER)] == ["default", "web"]
    assert ports.add_to_instance(ALICE, SERVER, "web")  # it is in it already
    assert told.since() == []
    ports.remove_from_instance(ALICE, SERVER, "default")
    ports.remove_from_instance(ALICE, SERVER, "web")
    assert told.since() == ["h1", "h1"]
    assert ports.groups_of_instance(ALICE, SERVER) == []
    with pytest.raises(NotFound) as refused:
        ports.remove_from_instance(ALICE, SERVER, "web")
    assert refused.value.code == "security-group-not-on-server"


def test_another_projects_server_or_group_is_out_of_reach(
    service: NetworkService, ports: PortSecurities
) -> None:
    boot(service)
    theirs = service.security_groups.create_group(BOB, "theirs")

    with pytest.raises(WrongState) as no_server:
        ports.add_to_instance(BOB, SERVER, "default")
    with pytest.raises(NotFound):
        ports.add_to_instance(ALICE, SERVER, theirs.id)

    assert no_server.value.code == "no-network"
    assert ports.groups_of_instance(BOB, SERVER) == []


def test_a_server_without_port_security_has_no_groups(
    service: NetworkService, ports: PortSecurities
) -> None:
    boot(service)
    ports.update(ALICE, PORT, SecurityWish(enabled=False))

    with pytest.raises(WrongState) as refused:
        ports.add_to_instance(ALICE, SERVER, "web")

    assert refused.value.code == "port-security-disabled"


def test_a_port_of_the_hosts_themselves_is_left_alone(
    service: NetworkService, ports: PortSecurities
) -> None:
    boot(service)
    hosts_own = next(
        port
        for port in service.ports.list_ports(ALICE, Page())
        if port.device_owner == "network:dhcp"
    )

    with pytest.raises(WrongState) as refused:
        ports.update(ALICE, hosts_own.id, SecurityWish(groups=[]))

    assert refused.value.code == "port-of-hosts"


def test_hosts_with_rules_for_a_group_hear_of_who_comes_and_goes(
    service: NetworkService, told: Told
) -> None:
    boot(service)
    told.since()
    other = "0c7a1d1e-0000-4000-8000-000000000002"

    boot(service, PORT[:-1] + "b", "h2", other)
    assert told.since() == ["h1"]  # h2 looks by itself
    service.builds.release_ports(a_build(other), other)
    assert told.since() == ["h1"]
    port = service.ports.create_port(ALICE, "blue")
    service.ports.delete_port(ALICE, port.id)
    assert told.since() == ["h1", "h1"]
    port = service.ports.create_port(ALICE, "blue", security=SecurityWish(groups=["web"]))
    assert told.since() == []  # nobody has a rule for what is in it


def test_the_build_fails_when_a_group_that_it_asks_for_is_gone(service: NetworkService) -> None:
    web = service.security_groups.get_group(ALICE, "web")
    network_id = service.networks.get_network(ALICE, "blue").id
    nic = Nic(PORT, network_id, security_group_ids=(web.id,))
    service.security_groups.delete_group(ALICE, "web")

    with pytest.raises(NotFound) as refused:
        service.builds.ensure_ports(a_build(SERVER), SERVER, "h1", [nic])

    assert refused.value.code == "security-group-not-found"
