"""What dnsmasq is told, as text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.cards import SUBNET, SUBNET_ID
from vmctld.errors import InvalidRequest
from vmctld.host.network import dhcp
from vmctld.host.network.dhcp import Lease

LEASE = Lease("fa:16:3e:00:00:01", "10.77.0.11", SUBNET_ID, "vm1")


def test_only_cards_that_are_known_get_an_address() -> None:
    text = dhcp.configuration([SUBNET], 1450, "vmctl.internal", "/run/x")

    assert f"dhcp-range=set:subnet-{SUBNET_ID},10.77.0.0,static,255.255.255.0,86400s\n" in text
    assert "dhcp-option-force=option:mtu,1450\n" in text


def test_each_card_is_offered_its_one_address() -> None:
    assert dhcp.hosts([LEASE]) == (
        f"fa:16:3e:00:00:01,set:subnet-{SUBNET_ID},10.77.0.11,vm1,86400s\n"
    )


def test_a_guest_is_found_by_its_name_before_it_asks_for_a_lease() -> None:
    assert dhcp.names([LEASE], "vmctl.internal") == "10.77.0.11 vm1.vmctl.internal vm1\n"


def test_guests_learn_the_way_to_metadata_and_out() -> None:
    routed = replace(SUBNET, routes=(("10.9.0.0/16", "10.77.0.9"),), dns_servers=("9.9.9.9",))

    text = dhcp.options([routed])

    assert ",option:router,10.77.0.1\n" in text
    assert ",option:dns-server,9.9.9.9\n" in text
    routes = "169.254.169.254/32,10.77.0.2,10.9.0.0/16,10.77.0.9,0.0.0.0/0,10.77.0.1"
    assert f",option:classless-static-route,{routes}\n" in text


def test_a_subnet_without_a_gateway_offers_none_and_names_are_asked_here() -> None:
    text = dhcp.options([replace(SUBNET, gateway=None)])

    assert ",option:router\n" in text
    assert "0.0.0.0/0" not in text
    assert ",option:dns-server,10.77.0.2\n" in text


@pytest.mark.parametrize("hostname", ["a,b", "a\nb", "a b", "a=b", "$(id)", "", "-a", "a" * 64])
def test_a_name_that_could_be_an_option_is_refused(hostname: str) -> None:
    with pytest.raises(InvalidRequest):
        dhcp.hosts([replace(LEASE, hostname=hostname)])
    with pytest.raises(InvalidRequest):
        dhcp.names([replace(LEASE, hostname=hostname)], "vmctl.internal")


@pytest.mark.parametrize("mac", ["fa:16:3e:00:00", "fa:16:3e:00:00:01,1.2.3.4", "*"])
def test_a_mac_that_is_none_is_refused(mac: str) -> None:
    with pytest.raises(InvalidRequest):
        dhcp.hosts([replace(LEASE, mac=mac)])
