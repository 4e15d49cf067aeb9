"""Floating IPs: whose they are, where they lead, and where they cannot."""

from __future__ import annotations

import pytest

from tests.support.callers import a_caller, a_service, an_admin
from tests.support.routed import PORT, SERVER, Routed
from vmctld.domain.paging import Page
from vmctld.errors import Conflict, InvalidRequest, NotFound, WrongState
from vmctld.storage.database import Database

ME = a_caller()
ADDRESS = "203.0.113.77"


@pytest.fixture
def routed(database: Database) -> Routed:
    return Routed(database)


def _taken(routed: Routed) -> None:
    routed.rooms.floating_ips.create_floating_ip(ME, "public", address=ADDRESS)


def test_one_is_taken_of_an_external_network_and_of_no_other(routed: Routed) -> None:
    made = routed.rooms.floating_ips.create_floating_ip(ME, "public", address=ADDRESS)

    assert (made.address, made.status, made.port_id) == (ADDRESS, "DOWN", None)
    assert made.project_id == "demo"
    with pytest.raises(Conflict):
        _taken(routed)
    with pytest.raises(InvalidRequest):
        routed.rooms.floating_ips.create_floating_ip(ME, "blue")
    with pytest.raises(InvalidRequest):
        routed.rooms.floating_ips.create_floating_ip(ME, "public", address="203.0.113.300")


def test_it_leads_to_a_server_and_away_again(routed: Routed) -> None:
    router, guest = routed.router(), routed.guest()
    _taken(routed)

    led = routed.rooms.floating_ips.associate(ME, ADDRESS, device_id=SERVER)
    again = routed.rooms.floating_ips.associate(ME, ADDRESS, port=PORT)
    away = routed.rooms.floating_ips.disassociate(ME, ADDRESS, device_id=SERVER)

    assert (led.port_id, led.fixed_address) == (PORT, guest.address)
    assert (led.router_id, led.status) == (router.id, "ACTIVE")
    assert again == led
    assert (away.port_id, away.router_id, away.status) == (None, None, "DOWN")


def test_it_can_lead_to_a_port_from_the_start(routed: Routed) -> None:
    routed.router()
    routed.guest()

    made = routed.rooms.floating_ips.create_floating_ip(ME, "public", port=PORT)

    assert made.port_id == PORT


def test_a_port_that_no_router_joins_with_it_is_refused_and_nothing_is_taken(
    routed: Routed,
) -> None:
    routed.guest()

    with pytest.raises(WrongState) as refused:
        routed.rooms.floating_ips.create_floating_ip(ME, "public", port=PORT)

    assert refused.value.code == "external-network-not-reachable"
    assert routed.rooms.floating_ips.list_floating_ips(ME, Page(limit=10)) == []


def test_one_leads_to_one_port_and_one_port_has_one(routed: Routed) -> None:
    routed.router()
    routed.guest()
    other = "55555555-5555-4555-8555-555555555555"
    routed.guest(port_id=other)
    _taken(routed)
    second = routed.rooms.floating_ips.create_floating_ip(ME, "public")
    routed.rooms.floating_ips.associate(ME, ADDRESS, port=PORT)

    with pytest.raises(Conflict) as elsewhere:
        routed.rooms.floating_ips.associate(ME, ADDRESS, port=other)
    with pytest.raises(Conflict) as taken:
        routed.rooms.floating_ips.associate(ME, second.address, port=PORT)

    assert elsewhere.value.code == "floating-ip-in-use"
    assert taken.value.code == "port-has-floating-ip"


def test_it_does_not_keep_a_server_from_going_and_waits_for_another(routed: Routed) -> None:
    routed.router()
    routed.guest()
    _taken(routed)
    routed.rooms.floating_ips.associate(ME, ADDRESS, device_id=SERVER)

    routed.service.builds.release_ports(a_service(), SERVER)

    assert routed.rooms.floating_ips.get_floating_ip(ME, ADDRESS).status == "DOWN"


def test_what_it_goes_through_is_not_taken_away(routed: Routed) -> None:
    routed.router()
    routed.guest()
    _taken(routed)
    routed.rooms.floating_ips.associate(ME, ADDRESS, device_id=SERVER)

    with pytest.raises(WrongState) as gateway:
        routed.rooms.routers.clear_gateway(ME, "edge")
    with pytest.raises(WrongState) as interface:
        routed.rooms.routers.remove_subnet(ME, "edge", routed.subnet.id)

    assert gateway.value.code == "router-gateway-in-use"
    assert interface.value.code == "router-interface-in-use"
    assert ADDRESS in gateway.value.message


def test_others_neither_see_nor_lead_it(routed: Routed) -> None:
    routed.router()
    routed.guest()
    _taken(routed)
    other = a_caller("other")

    assert routed.rooms.floating_ips.list_floating_ips(other, Page(limit=10)) == []
    for deed in (
        lambda: routed.rooms.floating_ips.get_floating_ip(other, ADDRESS),
        lambda: routed.rooms.floating_ips.delete_floating_ip(other, ADDRESS),
        lambda: routed.rooms.floating_ips.disassociate(other, ADDRESS),
    ):
        with pytest.raises(NotFound):
            deed()
    theirs = routed.rooms.floating_ips.create_floating_ip(other, "public")
    with pytest.raises(NotFound):
        routed.rooms.floating_ips.associate(other, theirs.address, device_id=SERVER)


def test_what_is_said_of_a_server_that_it_does_not_lead_to_is_refused(routed: Routed) -> None:
    routed.router()
    routed.guest()
    _taken(routed)

    with pytest.raises(WrongState) as not_there:
        routed.rooms.floating_ips.disassociate(ME, ADDRESS, device_id=SERVER)
    with pytest.raises(InvalidRequest):
        routed.rooms.floating_ips.associate(ME, ADDRESS, device_id="web; reboot")
    with pytest.raises(NotFound):
        routed.rooms.floating_ips.associate(
            ME, ADDRESS, device_id=SERVER, fixed_address="10.1.0.200"
        )

    assert not_there.value.code == "floating-ip-not-associated"


def test_one_that_is_given_back_frees_its_address(routed: Routed) -> None:
    _taken(routed)

    routed.rooms.floating_ips.delete_floating_ip(ME, ADDRESS)

    _taken(routed)
    assert len(routed.rooms.floating_ips.list_floating_ips(ME, Page(limit=10))) == 1
    routed.rooms.floating_ips.delete_floating_ip(ME, ADDRESS)
    routed.service.networks.delete_network(an_admin(), "public")
