"""What a rule of a security group may say."""

from __future__ import annotations

import pytest

from vmctld.domain.firewall import Direction, EtherType
from vmctld.domain.security_group import RuleRequest
from vmctld.errors import InvalidRequest
from vmctld.network.security_group_rules import checked_rule


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"protocol": "tcp", "first": 22, "last": 65_536}, "invalid-port-range"),
        ({"protocol": "tcp", "first": 0, "last": 22}, "invalid-port-range"),
        ({"protocol": "tcp", "first": -1, "last": 22}, "invalid-port-range"),
        ({"protocol": "udp", "first": 80, "last": 22}, "invalid-port-range"),
        ({"protocol": "gre", "first": 22}, "invalid-port-range"),
        ({"first": 22, "last": 22}, "invalid-port-range"),
        ({"protocol": "icmp", "first": 256}, "invalid-icmp-type"),
        ({"protocol": "icmp", "first": 8, "last": 256}, "invalid-icmp-type"),
        ({"protocol": "icmp", "first": -1}, "invalid-icmp-type"),
        ({"protocol": "icmp", "last": 0}, "invalid-icmp-type"),
        ({"protocol": "telnet"}, "unknown-protocol"),
        ({"protocol": "256"}, "unknown-protocol"),
        ({"protocol": "-1"}, "unknown-protocol"),
        ({"protocol": "tcp; drop"}, "unknown-protocol"),
        ({"protocol": "icmpv6", "ether_type": "IPv4"}, "invalid-ethertype"),
        ({"ether_type": "IPv5"}, "invalid-ethertype"),
        ({"ether_type": "IPv6", "remote_cidr": "10.0.0.0/8"}, "invalid-ethertype"),
        ({"remote_cidr": "0.0.0.0/33"}, "invalid-remote"),
        ({"remote_cidr": "::/129"}, "invalid-remote"),
        ({"remote_cidr": "10.0.0.0/-1"}, "invalid-remote"),
        ({"remote_cidr": "10.0.0.0/255.0.0.0"}, "invalid-remote"),
        ({"remote_cidr": "10.0.0.256"}, "invalid-remote"),
        ({"remote_cidr": "everybody"}, "invalid-remote"),
        ({"remote_cidr": "10.0.0.0/8 accept"}, "invalid-remote"),
        ({"remote_cidr": "10.0.0.0/8", "remote_group": "web"}, "invalid-remote"),
        ({"direction": "sideways"}, "invalid-direction"),
        ({"description": "x" * 256}, "invalid-text"),
        ({"description": "a\x1b[2J"}, "invalid-text"),
    ],
)
def test_what_nobody_can_enforce_is_refused_with_its_reason(
    wish: dict[str, str | int], code: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        checked_rule(RuleRequest(**wish))  # type: ignore[arg-type]

    assert refused.value.code == code
    assert refused.value.message


def test_what_is_not_said_means_any_that_comes_in_by_ipv4() -> None:
    rule = checked_rule(RuleRequest())

    assert (rule.direction, rule.ether_type) == (Direction.INGRESS, EtherType.IPV4)
    assert (rule.protocol, rule.first, rule.last, rule.remote_cidr) == (None, None, None, None)


@pytest.mark.parametrize(
    ("asked", "kept"),
    [("TCP", "tcp"), ("6", "tcp"), ("any", None), ("112", "vrrp"), ("200", "200"), ("47", "gre")],
)
def test_a_protocol_is_kept_by_its_name_if_it_has_one(asked: str, kept: str | None) -> None:
    assert checked_rule(RuleRequest(protocol=asked)).protocol == kept


def test_icmp_is_that_of_its_ether_type() -> None:
    for name in ("icmp", "icmpv6", "ipv6-icmp", "58"):
        assert checked_rule(RuleRequest(protocol=name, ether_type="ipv6")).protocol == "icmpv6"


def test_one_port_is_a_range_of_one() -> None:
    for wish in ({"first": 22}, {"last": 22}, {"first": 22, "last": 22}):
        rule = checked_rule(RuleRequest(protocol="tcp", **wish))  # type: ignore[arg-type]
        assert (rule.first, rule.last) == (22, 22)


@pytest.mark.parametrize(
    ("asked", "kept", "ether_type"),
    [
        ("10.1.2.3/8", "10.0.0.0/8", EtherType.IPV4),
        ("192.0.2.7", "192.0.2.7/32", EtherType.IPV4),
        ("2001:DB8::1/32", "2001:db8::/32", EtherType.IPV6),
        ("0.0.0.0/0", "0.0.0.0/0", EtherType.IPV4),
    ],
)
def test_addresses_are_kept_in_their_usual_form(
    asked: str, kept: str, ether_type: EtherType
) -> None:
    rule = checked_rule(RuleRequest(remote_cidr=asked))

    assert (rule.remote_cidr, rule.ether_type) == (kept, ether_type)
