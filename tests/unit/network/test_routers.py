"""Routers: what they join, and what keeps them from being changed."""

from __future__ import annotations

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.routed import GATEWAY, Routed
from vmctld.domain.paging import Page
from vmctld.errors import (
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    WrongState,
)
from vmctld.network.routers import _existing
from vmctld.storage.database import Database

ME = a_caller()


@pytest.fixture
def routed(database: Database) -> Routed:
    return Routed(database)


def test_a_router_has_the_gateways_address_of_its_subnets_and_one_outside(routed: Routed) -> None:
    router = routed.router()

    (leg,) = router.interfaces
    assert (leg.subnet_id, leg.address) == (routed.subnet.id, "10.1.0.1")
    assert router.gateway is not None
    assert router.gateway.network_id == routed.public.id
    assert router.gateway.address not in ("", GATEWAY)
    assert routed.rooms.routers.get_router(ME, "edge") == router


def test_what_is_asked_for_twice_is_there_once(routed: Routed) -> None:
    router = routed.router()

    again = routed.rooms.routers.add_subnet(ME, "edge", routed.subnet.id)
    same = routed.rooms.routers.set_gateway(ME, "edge", "public")

    assert again == same == router


def test_hosts_are_told_of_changes(routed: Routed) -> None:
    before = routed.changes

    routed.router()

    assert routed.changes > before


def test_a_projects_routers_are_its_own(routed: Routed) -> None:
    routed.router()
    other = a_caller("other")

    assert routed.rooms.routers.list_routers(other, Page(limit=10)) == []
    with pytest.raises(NotFound):
        routed.rooms.routers.get_router(other, "edge")
    with pytest.raises(Forbidden):
        routed.rooms.routers.list_routers(other, Page(limit=10), all_projects=True)
    assert (
        len(routed.rooms.routers.list_routers(an_admin(), Page(limit=10), all_projects=True)) == 1
    )


def test_the_address_outside_can_be_chosen_and_changed(routed: Routed) -> None:
    routed.router()

    moved = routed.rooms.routers.set_gateway(ME, "edge", "public", fixed_ip="203.0.113.50")

    assert moved.gateway is not None
    assert moved.gateway.address == "203.0.113.50"
    with pytest.raises(InvalidRequest):
        routed.rooms.routers.set_gateway(ME, "edge", "public", fixed_ip="198.51.100.1")
    with pytest.raises(InvalidRequest):
        routed.rooms.routers.set_gateway(ME, "edge", "public", fixed_ip="203.0.113.50; reboot")
    assert routed.rooms.routers.get_router(ME, "edge").gateway == moved.gateway


def test_a_gateway_can_be_cleared_and_snat_switched_off(routed: Routed) -> None:
    routed.router()

    quiet = routed.rooms.routers.set_gateway(ME, "edge", "", enable_snat=False)
    cleared = routed.rooms.routers.clear_gateway(ME, "edge")

    assert not quiet.enable_snat
    assert quiet.gateway is not None
    assert cleared.gateway is None


def test_only_an_external_network_is_a_way_out(routed: Routed) -> None:
    with pytest.raises(InvalidRequest) as refused:
        routed.rooms.routers.create_router(ME, "edge", external_network="blue")

    assert refused.value.code == "network-not-external"
    assert routed.rooms.routers.list_routers(ME, Page(limit=10)) == []  # all or nothing


def test_an_external_network_is_no_place_for_an_interface_or_a_server(routed: Routed) -> None:
    routed.router()
    subnet_id = (
        routed.public.id
        and routed.service.subnets.list_subnets(an_admin(), Page(limit=10), network="public")[0].id
    )

    with pytest.raises(InvalidRequest) as refused:
        routed.rooms.routers.add_subnet(
            an_admin(), routed.rooms.routers.get_router(ME, "edge").id, subnet_id
        )

    assert refused.value.code == "network-external"
    assert [nic.network_id for nic in routed.service.nics.resolve_nics(an_admin("demo"), [])] == [
        routed.blue.id
    ]


def test_subnets_that_a_router_could_not_tell_apart_are_refused(routed: Routed) -> None:
    routed.router()
    red = routed.service.networks.create_network(ME, "red")
    same = routed.add_subnet(red, "10.1.0.128/25")

    with pytest.raises(InvalidRequest) as refused:
        routed.rooms.routers.add_subnet(ME, "edge", same.id)

    assert refused.value.code == "subnets-overlap"


def test_a_subnet_has_one_router_and_needs_a_gateway(routed: Routed) -> None:
    routed.router()
    routed.rooms.routers.create_router(ME, "second")
    red = routed.service.networks.create_network(ME, "red")
    bare = routed.add_subnet(red, "10.9.0.0/24", gateway="")

    with pytest.raises(Conflict) as twice:
        routed.rooms.routers.add_subnet(ME, "second", routed.subnet.id)
    with pytest.raises(WrongState) as without:
        routed.rooms.routers.add_subnet(ME, "second", bare.id)

    assert twice.value.code == "subnet-has-router"
    assert without.value.code == "subnet-without-gateway"


def test_nobody_puts_a_router_on_a_network_that_others_share_with_them(routed: Routed) -> None:
    shared = routed.service.networks.create_network(an_admin(), "all", shared=True)
    from vmctld.domain.network import SubnetRequest

    subnet = routed.service.subnets.create_subnet(
        an_admin(), SubnetRequest(network=shared.id, cidr="10.7.0.0/24")
    )
    routed.router()

    with pytest.raises(Forbidden):
        routed.rooms.routers.add_subnet(ME, "edge", subnet.id)


def test_a_router_in_use_is_not_deleted_and_says_by_what(routed: Routed) -> None:
    router = routed.router()

    with pytest.raises(WrongState) as refused:
        routed.rooms.routers.delete_router(ME, "edge")

    assert refused.value.code == "router-in-use"
    assert routed.subnet.id in refused.value.message
    with pytest.raises(WrongState):
        routed.service.ports.delete_port(an_admin("demo"), router.interfaces[0].port_id)
    with pytest.raises(WrongState):
        routed.service.networks.delete_network(an_admin(), "public")


def test_a_router_without_interfaces_goes_with_its_gateway(routed: Routed) -> None:
    routed.router()
    routed.rooms.routers.remove_subnet(ME, "edge", routed.subnet.id)

    routed.rooms.routers.delete_router(ME, "edge")

    routed.service.networks.delete_network(an_admin(), "public")
    routed.service.networks.delete_network(ME, "blue")


def test_what_a_router_does_not_have_cannot_be_removed(routed: Routed) -> None:
    routed.rooms.routers.create_router(ME, "edge")

    with pytest.raises(NotFound) as refused:
        routed.rooms.routers.remove_subnet(ME, "edge", routed.subnet.id)

    assert refused.value.code == "router-interface-not-found"


def test_a_router_that_went_meanwhile_is_not_found(routed: Routed, database: Database) -> None:
    with pytest.raises(NotFound) as refused:
        database.run(lambda tx: _existing(tx, "22222222-3333-4444-8555-666666666666"))

    assert refused.value.code == "router-not-found"


@pytest.mark.parametrize("name", ["", "br ex", "br-ex;reboot", "../br", "a" * 16, "-br", "bréx"])
def test_only_a_bridges_name_is_taken_for_the_way_out(routed: Routed, name: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        routed.service.networks.create_network(an_admin(), "outside", external=True, physical=name)

    assert refused.value.code == "invalid-physical-network"


def test_only_admins_make_external_networks_and_only_those_have_a_bridge(routed: Routed) -> None:
    with pytest.raises(Forbidden):
        routed.service.networks.create_network(ME, "outside", external=True, physical="br-ex")
    with pytest.raises(InvalidRequest):
        routed.service.networks.create_network(an_admin(), "inside", physical="br-ex")
