"""Which connections the rules of a network's ports allow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.cards import make_card
from vmctld.domain.firewall import AddressPair, Direction, EtherType, GuardRule
from vmctld.host.network.conntrack import Flow
from vmctld.host.network.permits import Permits
from vmctld.host.network.rules import link_local

IN, OUT, V4, V6 = Direction.INGRESS, Direction.EGRESS, EtherType.IPV4, EtherType.IPV6
TCP, UDP, ICMP = 6, 17, 1
HERE, THERE = "10.77.0.11", "192.0.2.7"
ALL_OUT = GuardRule(OUT, V4)
GROUP = "3f2b1c66-1111-4222-8333-444455556666"
GUARD = make_card(1, rules=()).guard


def to_port(port: int, source: str = THERE, protocol: int = TCP) -> Flow:
    """Return a connection from elsewhere to the port's guest."""
    return Flow(source, HERE, protocol, 40000, port)


def allows(flow: Flow, *rules: GuardRule, members: tuple[str, ...] = ()) -> bool:
    return Permits([replace(GUARD, rules=rules)], {GROUP: members}).allow(flow)


@pytest.mark.parametrize(
    ("rule", "flow", "allowed"),
    [
        (GuardRule(IN, V4), to_port(22), True),
        (GuardRule(IN, V6), to_port(22), False),
        (GuardRule(OUT, V4), to_port(22), False),
        (GuardRule(IN, V4, "tcp", 22, 22), to_port(22), True),
        (GuardRule(IN, V4, "tcp", 22, 22), to_port(23), False),
        (GuardRule(IN, V4, "tcp", 22), to_port(22), True),
        (GuardRule(IN, V4, "tcp", 20, 25), to_port(23), True),
        (GuardRule(IN, V4, "udp", 22, 22), to_port(22), False),
        (GuardRule(IN, V4, "tcp"), to_port(9), True),
        (GuardRule(IN, V4, "gre"), Flow(THERE, HERE, 47), True),
        (GuardRule(IN, V4, "200"), Flow(THERE, HERE, 200), True),
        (GuardRule(IN, V4, "nonsense"), Flow(THERE, HERE, 200), False),
        (GuardRule(IN, V4, "icmp"), Flow(THERE, HERE, ICMP, None, None, 8, 0), True),
        (GuardRule(IN, V4, "icmp", 8, 0), Flow(THERE, HERE, ICMP, None, None, 8, 0), True),
        (GuardRule(IN, V4, "icmp", 13), Flow(THERE, HERE, ICMP, None, None, 8, 0), False),
        (GuardRule(IN, V4, "icmp", 8, 1), Flow(THERE, HERE, ICMP, None, None, 8, 0), False),
        (GuardRule(IN, V4, remote=("192.0.2.0/24",)), to_port(22), True),
        (GuardRule(IN, V4, remote=("192.0.2.7",)), to_port(22), True),
        (GuardRule(IN, V4, remote=("198.51.100.0/24",)), to_port(22), False),
        (GuardRule(IN, V4, remote=()), to_port(22), False),
        (GuardRule(OUT, V4, remote=("192.0.2.0/24",)), Flow(HERE, THERE, TCP, 1, 80), True),
        (GuardRule(OUT, V4, "tcp", 80, 80), Flow(HERE, THERE, TCP, 80, 81), False),
    ],
)
def test_a_rule_allows_what_it_says(rule: GuardRule, flow: Flow, allowed: bool) -> None:
    assert allows(flow, rule) is allowed


def test_a_rule_for_a_group_is_for_its_members() -> None:
    rule = GuardRule(IN, V4, remote_group_id=GROUP)

    assert allows(to_port(22), rule, members=(THERE,))
    assert allows(to_port(22), rule, members=("192.0.2.0/24",))
    assert not allows(to_port(22), rule, members=("192.0.2.8",))
    assert not allows(to_port(22), replace(rule, remote_group_id="gone"), members=(THERE,))


def test_both_ends_have_to_allow_it() -> None:
    one = replace(GUARD, rules=(ALL_OUT,))
    two = replace(make_card(2).guard, rules=(GuardRule(IN, V4, "tcp", 22, 22),))
    permits = Permits([one, two], {})

    assert permits.allow(Flow(HERE, "10.77.0.12", TCP, 1, 22))
    assert not permits.allow(Flow(HERE, "10.77.0.12", TCP, 1, 23))
    assert not permits.allow(Flow("10.77.0.12", HERE, TCP, 1, 22))
    assert permits.allow(Flow("10.77.0.2", "10.77.0.3", TCP, 1, 22))  # nobody's here


@pytest.mark.parametrize(
    "flow",
    [
        Flow(HERE, "10.77.0.2", UDP, 68, 67),
        Flow("10.77.0.2", HERE, UDP, 67, 68),
        Flow(HERE, "169.254.169.254", TCP, 40000, 80),
    ],
)
def test_what_a_guest_needs_to_be_one_is_always_allowed(flow: Flow) -> None:
    assert allows(flow)


def test_a_port_without_port_security_allows_all() -> None:
    permits = Permits([replace(GUARD, enabled=False)], {})

    assert permits.allow(to_port(22))


def test_what_comes_from_another_address_of_a_port_is_that_ports() -> None:
    guard = replace(GUARD, pairs=(AddressPair("10.9.0.0/24", GUARD.mac),))
    permits = Permits([guard], {})

    assert not permits.allow(Flow("10.9.0.7", THERE, TCP, 1, 80))
    assert not permits.allow(Flow(link_local(GUARD.mac), "fe80::1", TCP, 1, 80))
    assert permits.allow(Flow("10.8.0.7", THERE, TCP, 1, 80))
