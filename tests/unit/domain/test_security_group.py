"""Security groups as they begin, and which are in force at a port."""

from __future__ import annotations

from tests.support.clock import NOON
from vmctld.domain.firewall import AddressPair, Direction, EtherType, GuardRule
from vmctld.domain.network import OF_DEFAULT_GROUP, PortSecurity
from vmctld.domain.security_group import default_group_id, groups_at, new_group

GROUP_ID = "3f2b1c66-1111-4222-8333-444455556666"


def test_a_default_group_has_one_id_for_ever_and_each_project_its_own() -> None:
    assert default_group_id("demo") == default_group_id("demo")
    assert default_group_id("demo") != default_group_id("other")


def test_a_group_begins_with_all_that_leaves_and_the_default_one_with_its_members() -> None:
    web = new_group(GROUP_ID, "web", "demo", "", NOON)
    default = new_group(GROUP_ID, "default", "demo", "", NOON)

    out = {GuardRule(Direction.EGRESS, kind) for kind in EtherType}
    assert {rule.meaning for rule in web.rules} == out
    members = {GuardRule(Direction.INGRESS, kind, remote_group_id=GROUP_ID) for kind in EtherType}
    assert {rule.meaning for rule in default.rules} == out | members
    assert len({rule.id for rule in default.rules}) == 4


def test_groups_in_force_are_the_default_one_those_named_or_none() -> None:
    assert groups_at(OF_DEFAULT_GROUP, "demo") == (default_group_id("demo"),)
    assert groups_at(PortSecurity(("a", "b")), "demo") == ("a", "b")
    assert groups_at(PortSecurity(()), "demo") == ()
    assert groups_at(PortSecurity(None, enabled=False), "demo") == ()
    assert groups_at(PortSecurity(pairs=(AddressPair("10.0.0.1", ""),)), "demo") == (
        default_group_id("demo"),
    )
