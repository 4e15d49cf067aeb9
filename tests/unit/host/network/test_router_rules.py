"""What a router is told to let pass, as text: nothing but what the plan says."""

from __future__ import annotations

from dataclasses import replace

from tests.support.routers import FORWARD, LEG, UPLINK, a_plan
from vmctld.host.network.names import leg_of, uplink_of
from vmctld.host.network.router_rules import router_ruleset

OUT, IN = uplink_of(UPLINK.port_id), leg_of(LEG.port_id)


def test_what_is_not_named_is_dropped() -> None:
    text = router_ruleset(a_plan(uplink=None, forwards=()))

    assert "hook forward priority 0; policy drop;" in text
    assert "hook input priority 0; policy drop;" in text
    assert "snat" not in text.replace("ct status snat", "")
    assert OUT not in text


def test_guests_without_a_floating_address_leave_by_the_routers_own() -> None:
    text = router_ruleset(a_plan())

    assert f'oifname "{OUT}" ip saddr {{ {LEG.cidr} }} snat to {UPLINK.address}' in text


def test_a_floating_address_beats_the_routers_own() -> None:
    text = router_ruleset(a_plan())

    own = text.index(f"snat to {UPLINK.address}")
    assert text.index(f"snat to {FORWARD.address}") < own
    assert f"ip daddr {FORWARD.address} dnat to {FORWARD.fixed_address}" in text


def test_connections_through_a_floating_address_that_leads_elsewhere_are_cut() -> None:
    text = router_ruleset(a_plan(forwards=()))

    cut = text.index("ct status dnat drop")
    assert cut < text.index("ct state established,related accept")


def test_without_snat_only_floating_addresses_lead_out() -> None:
    text = router_ruleset(a_plan(uplink=replace(UPLINK, snat=False)))

    assert f"snat to {UPLINK.address}" not in text
    assert f'oifname "{OUT}" ip saddr {{ {FORWARD.fixed_address} }} accept' in text
    assert f'oifname "{OUT}" ip saddr {{ {LEG.cidr} }} accept' not in text


def test_where_another_host_has_the_routers_address_guests_leave_by_their_own_alone() -> None:
    text = router_ruleset(a_plan(uplink=replace(UPLINK, address="")))

    assert f"snat to {FORWARD.address}" in text
    assert f"ip saddr {{ {LEG.cidr} }} snat" not in text


def test_networks_of_one_router_reach_each_other() -> None:
    other = replace(LEG, port_id="9" * 36, cidr="10.40.0.0/24", address="10.40.0.1")

    text = router_ruleset(a_plan(legs=(LEG, other)))

    both = f'{{ "{IN}", "{leg_of(other.port_id)}" }}'
    assert f"iifname {both} oifname {both} accept" in text
