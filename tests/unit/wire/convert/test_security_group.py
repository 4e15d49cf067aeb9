"""Security groups on the wire."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.cards import make_card
from tests.support.clock import NOON
from tests.support.filled import filled
from vmctl.v1 import network_pb2
from vmctl.v1 import security_group_pb2 as pb
from vmctld.domain.firewall import AddressPair, GuardBook
from vmctld.domain.security_group import RuleRequest, SecurityGroupRule, new_group
from vmctld.wire.convert import security_group as convert

GROUP = new_group("3f2b1c66-1111-4222-8333-444455556666", "web", "demo", "for all", NOON)


def test_a_group_is_told_with_its_rules() -> None:
    message = convert.group_to_proto(GROUP, enforced=True)

    assert {field.name for field, _ in message.ListFields()} == {
        field.name for field in pb.SecurityGroup.DESCRIPTOR.fields
    }
    assert (message.name, message.enforced, len(message.rules)) == ("web", True, 2)


def test_every_field_of_a_rule_is_told() -> None:
    rule = filled(SecurityGroupRule)

    message = convert.rule_to_proto(rule, enforced=True)

    assert {field.name for field, _ in message.ListFields()} == {
        field.name for field in pb.SecurityGroupRule.DESCRIPTOR.fields
    }


def test_what_a_rule_does_not_name_is_absent() -> None:
    message = convert.rule_to_proto(GROUP.rules[0], enforced=False)

    assert not message.HasField("port_range_min")
    assert (message.protocol, message.remote_ip_prefix, message.remote_group_id) == ("", "", "")


@pytest.mark.parametrize("first", [None, 0, 22])
def test_a_rule_is_asked_for_as_it_was_typed(first: int | None) -> None:
    request = pb.CreateSecurityGroupRuleRequest(
        protocol="icmp", port_range_min=first, remote_group="web", direction="egress"
    )

    assert convert.rule_request_from_proto(request) == RuleRequest(
        direction="egress", protocol="icmp", first=first, remote_group="web"
    )


def test_an_address_pair_comes_as_it_is() -> None:
    pair = network_pb2.AddressPair(cidr="10.0.0.1", mac="")

    assert convert.pair_from_proto(pair) == AddressPair("10.0.0.1", "")


def test_what_a_host_is_to_enforce_survives_its_way() -> None:
    guard = make_card(1).guard
    rule = replace(guard.rules[0], remote_group_id="g1")
    book = GuardBook(
        "abc",
        {"n1": (replace(guard, rules=(rule,)),), "n2": ()},
        {"g1": ("10.0.0.1", "fd00::1"), "g2": ()},
    )

    assert convert.book_from_proto(convert.book_to_proto(book)) == book
    assert convert.book_from_proto(convert.book_to_proto(None)) is None
