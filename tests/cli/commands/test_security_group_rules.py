"""``secgroup-rule-*``, and what nova called them."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import security_group_pb2 as pb

RULE = pb.SecurityGroupRule(
    id="r1",
    security_group_id="g1",
    direction="ingress",
    ether_type="IPv4",
    protocol="icmp",
    port_range_min=8,
    remote_ip_prefix="10.0.0.0/8",
    enforced=True,
)
WEB = pb.SecurityGroup(id="g1", name="web", project_id="p1", rules=[RULE])
Wanted = pb.CreateSecurityGroupRuleRequest


@pytest.fixture(autouse=True)
def _has_one(cloud: FakeCloud) -> None:
    cloud.answers["CreateSecurityGroupRule"] = cloud.answers["GetSecurityGroupRule"] = RULE
    cloud.answers["GetSecurityGroup"] = WEB
    cloud.answers["ListSecurityGroups"] = pb.ListSecurityGroupsResponse(
        security_groups=[WEB, pb.SecurityGroup(id="g2", name="db")]
    )


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ((), Wanted()),
        (
            ("--protocol", "tcp", "--dst-port", "22"),
            Wanted(protocol="tcp", port_range_min=22, port_range_max=22),
        ),
        (
            ("--protocol", "tcp", "--dst-port", "8000:8999", "--remote-ip", "10.0.0.0/8"),
            Wanted(
                protocol="tcp",
                port_range_min=8000,
                port_range_max=8999,
                remote_ip_prefix="10.0.0.0/8",
            ),
        ),
        (
            ("--port-range-min", "22", "--port-range-max", "70000", "--protocol", "udp"),
            Wanted(protocol="udp", port_range_min=22, port_range_max=70000),
        ),
        (
            ("--protocol", "icmp", "--icmp-type", "8", "--icmp-code", "0"),
            Wanted(protocol="icmp", port_range_min=8, port_range_max=0),
        ),
        (("--egress", "--ethertype", "IPv6"), Wanted(direction="egress", ether_type="IPv6")),
        (("--direction", "egress"), Wanted(direction="egress")),
        (
            ("--remote-group", "db", "--description", "queries"),
            Wanted(remote_group="db", description="queries"),
        ),
    ],
)
def test_a_rule_travels_as_it_was_asked_for(
    vmctl: Vmctl, cloud: FakeCloud, words: tuple[str, ...], wanted: Wanted
) -> None:
    wanted.security_group = "web"

    assert vmctl("secgroup-rule-create", *words, "web").code == 0
    assert cloud.last(Wanted) == wanted


@pytest.mark.parametrize(
    "words",
    [
        ("--dst-port", "22", "--port-range-min", "22"),
        ("--dst-port", "22", "--icmp-type", "8"),
        ("--dst-port", "ssh"),
        ("--dst-port", "1:2:3"),
        ("--port-range-min", "99999999999"),
        ("--egress", "--direction", "ingress"),
    ],
)
def test_ports_that_say_two_things_or_nothing_are_refused(
    vmctl: Vmctl, cloud: FakeCloud, words: tuple[str, ...]
) -> None:
    assert vmctl("secgroup-rule-create", *words, "web").code == 2
    assert cloud.calls == []


def test_novas_words_for_a_rule_are_understood(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert vmctl("secgroup-add-rule", "web", "tcp", "22", "23", "10.0.0.0/8").code == 0
    assert cloud.last(Wanted) == Wanted(
        security_group="web",
        protocol="tcp",
        port_range_min=22,
        port_range_max=23,
        remote_ip_prefix="10.0.0.0/8",
    )
    assert vmctl("secgroup-add-rule", "web", "icmp", "-1", "-1", "0.0.0.0/0").code == 0
    assert cloud.last(Wanted) == Wanted(
        security_group="web", protocol="icmp", remote_ip_prefix="0.0.0.0/0"
    )
    assert vmctl("secgroup-add-group-rule", "web", "db", "tcp", "22", "22").code == 0
    assert cloud.last(Wanted).remote_group == "db"
    assert "r1" in vmctl("secgroup-list-rules", "web").out


def test_rules_are_listed_of_one_group_or_of_all(vmctl: Vmctl, cloud: FakeCloud) -> None:
    of_one, of_all = vmctl("secgroup-rule-list", "web"), vmctl("secgroup-rule-list")

    assert of_one.out == of_all.out
    assert "| icmp        | type=8     | 10.0.0.0/8 | g1 " in of_one.out


def test_a_rule_is_shown_and_deleted_by_its_id(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert "| direction         | ingress" in vmctl("secgroup-rule-show", "r1").out
    assert vmctl("secgroup-rule-delete", "r1", "r2").code == 0
    assert cloud.last(pb.DeleteSecurityGroupRuleRequest).id == "r2"


def test_in_user_mode_it_is_said_that_nothing_is_filtered(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["CreateSecurityGroupRule"] = pb.SecurityGroupRule(id="r1")

    result = vmctl("secgroup-rule-create", "web")

    assert result.code == 0
    assert "user mode, which filters nothing" in result.err
