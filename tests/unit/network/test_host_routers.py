"""What hosts are told to make of routers."""

from __future__ import annotations

import pytest

from tests.support.callers import a_caller, a_service, an_admin, an_agent
from tests.support.routed import GATEWAY, SERVER, Routed
from vmctld.domain.router import Forward
from vmctld.errors import Forbidden
from vmctld.network.host_routers import digest_of
from vmctld.storage.database import Database

ME = a_caller()
OTHER = "66666666-6666-4666-8666-666666666666"
OTHER_PORT = "77777777-7777-4777-8777-777777777777"


@pytest.fixture
def routed(database: Database) -> Routed:
    return Routed(database)


def test_a_host_makes_the_routers_of_networks_on_which_it_has_guests(routed: Routed) -> None:
    router, guest = routed.router(), routed.guest(host="a")

    (plan,) = routed.rooms.hosts.plans_for(an_agent("a"), "a")

    assert plan.router_id == router.id
    (leg,) = plan.legs
    assert (leg.network_id, leg.address, leg.cidr) == (guest.network_id, "10.1.0.1", "10.1.0.0/24")
    assert plan.uplink is not None
    assert (plan.uplink.physical, plan.uplink.next_hop) == ("br-ex", GATEWAY)
    assert routed.rooms.hosts.plans_for(an_agent("b"), "b") == ()


def test_a_floating_ip_is_made_where_its_guest_is(routed: Routed) -> None:
    routed.router()
    guest = routed.guest(host="a")
    routed.guest(OTHER_PORT, OTHER, host="b")
    made = routed.rooms.floating_ips.create_floating_ip(ME, "public")
    routed.rooms.floating_ips.associate(ME, made.address, device_id=SERVER)

    (on_a,) = routed.rooms.hosts.plans_for(an_agent("a"), "a")
    (on_b,) = routed.rooms.hosts.plans_for(an_agent("b"), "b")

    assert on_a.forwards == (Forward(made.address, guest.address),)
    assert on_b.forwards == ()


def test_the_routers_own_address_is_on_one_host_until_that_has_no_guests(routed: Routed) -> None:
    routed.router()
    routed.guest(host="a")
    routed.guest(OTHER_PORT, OTHER, host="b")

    (on_a,) = routed.rooms.hosts.plans_for(an_agent("a"), "a")
    (on_b,) = routed.rooms.hosts.plans_for(an_agent("b"), "b")
    assert on_a.uplink is not None
    assert on_b.uplink is not None
    assert on_a.uplink.address
    assert not on_b.uplink.address

    routed.service.builds.release_ports(a_service(), SERVER)
    (later,) = routed.rooms.hosts.plans_for(an_agent("b"), "b")
    assert later.uplink is not None
    assert later.uplink.address == on_a.uplink.address


def test_the_same_state_is_told_in_the_same_words(routed: Routed) -> None:
    routed.router()
    routed.guest(host="a")

    first = routed.rooms.hosts.plans_for(an_agent("a"), "a")
    second = routed.rooms.hosts.plans_for(an_agent("a"), "a")

    assert digest_of(first) == digest_of(second)
    routed.rooms.routers.clear_gateway(ME, "edge")
    assert digest_of(routed.rooms.hosts.plans_for(an_agent("a"), "a")) != digest_of(first)


@pytest.mark.parametrize("caller", [an_admin(), a_caller(), an_agent("b"), a_service("conductor")])
def test_nobody_but_its_own_agent_asks_for_a_host(routed: Routed, caller: object) -> None:
    with pytest.raises(Forbidden):
        routed.rooms.hosts.plans_for(caller, "a")  # type: ignore[arg-type]
