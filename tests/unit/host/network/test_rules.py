"""The rules as text; that a kernel takes and obeys them is shown in tests/integration/host."""

from __future__ import annotations

from dataclasses import replace

from tests.support.cards import make_card
from vmctld.domain.firewall import AddressPair, Direction, EtherType, GuardRule
from vmctld.host.network.names import tap_of
from vmctld.host.network.rules import link_local, ruleset

IN, OUT, V4, V6 = Direction.INGRESS, Direction.EGRESS, EtherType.IPV4, EtherType.IPV6


def chain(text: str, name: str) -> list[str]:
    """Return the rules of one chain."""
    body = text.split(f"  chain {name} {{\n", 1)[1].split("\n  }", 1)[0]
    return [line.strip() for line in body.splitlines()]


def allowed(*rules: GuardRule, side: str = "in") -> list[str]:
    """Return what the given rules alone add to a port's chain."""
    guard = make_card(1).guard
    plain = chain(ruleset([replace(guard, rules=())]), f"{side}-{tap_of(guard.port_id)}")
    text = ruleset([replace(guard, rules=rules)])
    return [line for line in chain(text, f"{side}-{tap_of(guard.port_id)}") if line not in plain]


def test_a_tap_that_is_not_known_sends_and_gets_nothing() -> None:
    text = ruleset([])

    for name, side in (("sources", "i"), ("sent", "i"), ("passed", "o"), ("served", "o")):
        assert f'{side}ifname "tap*" drop' in chain(text, name)


def test_a_port_without_rules_gets_only_what_a_host_needs() -> None:
    guard = replace(make_card(1).guard, rules=())

    rules = chain(ruleset([guard]), f"in-{tap_of(guard.port_id)}")

    assert rules[-1] == "drop"
    assert not any("dport 22" in rule for rule in rules)


def test_rules_become_matches_of_their_own_side() -> None:
    ssh = GuardRule(IN, V4, "tcp", 22, 22, remote=("0.0.0.0/0",))

    assert allowed(ssh) == [
        "ether type ip ip saddr { 0.0.0.0/0 } meta l4proto tcp th dport 22-22 accept"
    ]
    assert allowed(ssh, side="out") == []
    assert allowed(GuardRule(OUT, V6), side="out") == ["ether type ip6 accept"]


def test_icmp_is_told_by_type_and_code() -> None:
    assert allowed(GuardRule(IN, V4, "icmp", 8, 0)) == [
        "ether type ip meta l4proto icmp icmp type 8 icmp code 0 accept"
    ]
    assert allowed(GuardRule(IN, V6, "icmp")) == ["ether type ip6 meta l4proto ipv6-icmp accept"]


def test_a_group_without_members_lets_nobody_in() -> None:
    assert allowed(GuardRule(IN, V4, "tcp", 22, 22, remote=())) == []


def test_members_that_overlap_are_written_once() -> None:
    rule = GuardRule(IN, V4, remote=("10.0.0.0/24", "10.0.0.7", "10.0.1.0/24"))

    assert allowed(rule) == ["ether type ip ip saddr { 10.0.0.0/23 } accept"]


def test_a_port_may_send_from_its_own_addresses_and_its_pairs_alone() -> None:
    guard = make_card(1).guard
    guard = replace(guard, pairs=(AddressPair("10.9.0.0/24", "fa:16:3e:00:00:99"),))

    rules = chain(ruleset([guard]), f"src-{tap_of(guard.port_id)}")

    assert rules[0] == "ether saddr != { fa:16:3e:00:00:01, fa:16:3e:00:00:99 } drop"
    assert "ip saddr { 10.9.0.0/24, 10.77.0.11/32 } return" in rules
    assert rules[-1] == "drop"


def test_a_port_whose_owner_wants_no_guard_is_led_past_all_chains() -> None:
    guard = replace(make_card(1).guard, enabled=False)

    text = ruleset([guard])

    assert f'"{tap_of(guard.port_id)}" : accept' in text
    assert f"in-{tap_of(guard.port_id)}" not in text


def test_a_card_s_own_ipv6_address_is_known() -> None:
    assert link_local("fa:16:3e:00:00:01") == "fe80::f816:3eff:fe00:1"


GROUP_ID = "3f2b1c66-1111-4222-8333-444455556666"
MEMBERS = {GROUP_ID: ("10.0.0.7", "10.0.0.0/24", "fd00::7")}


def test_a_groups_members_are_written_once_for_all_ports() -> None:
    rules = (GuardRule(IN, V4, "tcp", 22, 22, remote_group_id=GROUP_ID), GuardRule(OUT, V4))
    guards = [replace(make_card(number).guard, rules=rules) for number in (1, 2)]

    text = ruleset(guards, MEMBERS)

    name = "ip-" + GROUP_ID.replace("-", "")
    assert text.count(f"  set {name} {{") == 1
    assert text.count("elements = { 10.0.0.0/24 }") == 1
    assert text.count(f"ether type ip ip saddr @{name} meta l4proto tcp th dport 22-22") == 2


def test_a_group_that_nobody_is_in_has_an_empty_set() -> None:
    rule = GuardRule(OUT, V6, remote_group_id=GROUP_ID)
    text = ruleset([replace(make_card(1).guard, rules=(rule,))])

    name = "ip6-" + GROUP_ID.replace("-", "")
    assert f"  set {name} {{\n    type ipv6_addr; flags interval\n  }}" in text
    assert f"ip6 daddr @{name} accept" in text


def test_a_protocol_without_ports_is_told_by_its_number() -> None:
    assert allowed(GuardRule(IN, V4, "vrrp")) == ["ether type ip meta l4proto 112 accept"]
    assert allowed(GuardRule(IN, V4, "200")) == ["ether type ip meta l4proto 200 accept"]
