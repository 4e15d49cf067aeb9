"""``secgroup-*``, ``add-secgroup``."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from tests.cli.messages import an_instance
from vmctl.v1 import security_group_pb2 as pb

RULE = pb.SecurityGroupRule(
    id="r1",
    security_group_id="g1",
    direction="ingress",
    ether_type="IPv4",
    protocol="tcp",
    port_range_min=22,
    port_range_max=23,
    enforced=True,
)
WEB = pb.SecurityGroup(id="g1", name="web", project_id="p1", rules=[RULE], enforced=True)
IN_USER_MODE = pb.SecurityGroup(id="g1", name="web", project_id="p1")


@pytest.fixture(autouse=True)
def _has_one(cloud: FakeCloud) -> None:
    for method in ("Create", "Get", "Update"):
        cloud.answers[f"{method}SecurityGroup"] = WEB
    cloud.answers["ListSecurityGroups"] = pb.ListSecurityGroupsResponse(security_groups=[WEB])
    cloud.answers["GetInstance"] = an_instance("web1")
    cloud.answers["ListInstanceGroups"] = pb.ListInstanceGroupsResponse(security_groups=[WEB])
    cloud.answers["AddInstanceGroup"] = pb.AddInstanceGroupResponse(enforced=True)


def test_a_group_is_shown_with_what_it_allows(vmctl: Vmctl) -> None:
    shown = vmctl("secgroup-show", "web").out

    assert "ingress IPv4 tcp 22-23" in shown
    (rule,) = json.loads(vmctl("secgroup-show", "web", "-f", "json").out)["rules"]
    assert (rule["protocol"], rule["port_range_max"], rule["remote_group_id"]) == ("tcp", 23, None)


def test_groups_are_listed_with_how_many_rules_they_have(vmctl: Vmctl) -> None:
    assert "| g1 | web  | -           | 1     |" in vmctl("secgroup-list").out


@pytest.mark.parametrize(
    "words", [("web", "for all"), ("web", "--description", "for all")], ids=["nova", "neutron"]
)
def test_a_group_is_made_with_its_description(
    vmctl: Vmctl, cloud: FakeCloud, words: tuple[str, ...]
) -> None:
    result = vmctl("secgroup-create", *words)

    assert result.code == 0
    assert cloud.last(pb.CreateSecurityGroupRequest) == pb.CreateSecurityGroupRequest(
        name="web", description="for all"
    )
    assert "user mode" not in result.err


def test_in_user_mode_it_is_said_that_nothing_is_filtered(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["CreateSecurityGroup"] = IN_USER_MODE
    cloud.answers["AddInstanceGroup"] = pb.AddInstanceGroupResponse()

    for words in (("secgroup-create", "web"), ("add-secgroup", "web1", "web")):
        result = vmctl(*words)
        assert result.code == 0
        assert "user mode, which filters nothing" in result.err


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        (("--name", "front"), pb.UpdateSecurityGroupRequest(security_group="web", name="front")),
        (
            ("--description", ""),
            pb.UpdateSecurityGroupRequest(security_group="web", description=""),
        ),
        (
            ("front", "for all"),
            pb.UpdateSecurityGroupRequest(
                security_group="web", name="front", description="for all"
            ),
        ),
        (("front",), pb.UpdateSecurityGroupRequest(security_group="web", name="front")),
    ],
)
def test_a_name_and_a_description_are_changed(
    vmctl: Vmctl, cloud: FakeCloud, words: tuple[str, ...], request_: pb.UpdateSecurityGroupRequest
) -> None:
    assert vmctl("secgroup-update", "web", *words).code == 0
    assert cloud.requests == [request_]


@pytest.mark.parametrize("words", [(), ("a", "b", "c"), ("a", "--name", "b")])
def test_a_change_of_nothing_or_of_too_much_is_refused(
    vmctl: Vmctl, cloud: FakeCloud, words: tuple[str, ...]
) -> None:
    assert vmctl("secgroup-update", "web", *words).code == 2
    assert cloud.calls == []


def test_groups_are_deleted_one_by_one(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert vmctl("secgroup-delete", "web", "db").code == 0
    assert cloud.requests == [
        pb.DeleteSecurityGroupRequest(security_group=name) for name in ("web", "db")
    ]


def test_a_server_comes_into_a_group_and_leaves_it(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert vmctl("add-secgroup", "web1", "web").code == 0
    assert vmctl("remove-secgroup", "web1", "web").code == 0
    assert "web" in vmctl("list-secgroup", "web1").out

    assert cloud.last(pb.AddInstanceGroupRequest) == pb.AddInstanceGroupRequest(
        instance_id="id-of-web1", security_group="web"
    )
    assert cloud.last(pb.RemoveInstanceGroupRequest).instance_id == "id-of-web1"
    assert cloud.last(pb.ListInstanceGroupsRequest).instance_id == "id-of-web1"
