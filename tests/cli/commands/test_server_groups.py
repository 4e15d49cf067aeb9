"""``server-group-*``."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import server_group_pb2 as pb
from vmctl.v1.common_pb2 import Page

WEB = pb.ServerGroup(
    id="g1",
    name="web",
    policy="anti-affinity",
    max_server_per_host=2,
    members=["s1", "s2"],
    project_id="p1",
    user_id="u1",
)


@pytest.fixture(autouse=True)
def _has_one(cloud: FakeCloud) -> None:
    cloud.answers["CreateServerGroup"] = cloud.answers["GetServerGroup"] = WEB
    cloud.answers["ListServerGroups"] = pb.ListServerGroupsResponse(server_groups=[WEB])


def test_a_group_is_made_with_its_rule(vmctl: Vmctl, cloud: FakeCloud) -> None:
    row = vmctl(
        "server-group-create", "web", "anti-affinity", "--rule", "max_server_per_host=2"
    ).out.splitlines()[3]

    assert [cell.strip() for cell in row.split("|")[1:-1]] == [
        *("g1", "web", "p1", "u1", "anti-affinity", "max_server_per_host=2", "s1, s2"),
    ]
    assert cloud.requests == [
        pb.CreateServerGroupRequest(name="web", policy="anti-affinity", max_server_per_host=2)
    ]


@pytest.mark.parametrize("rule", ["2", "hosts=2", "max_server_per_host=x", "max_server_per_host=0"])
def test_what_is_no_rule_is_refused(vmctl: Vmctl, cloud: FakeCloud, rule: str) -> None:
    assert vmctl("server-group-create", "web", "anti-affinity", "--rule", rule).code == 2
    assert cloud.calls == []


def test_groups_are_listed_in_parts(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("server-group-list", "--limit", "5", "--offset", "10", "--all-projects")

    assert cloud.requests == [
        pb.ListServerGroupsRequest(page=Page(limit=5), offset=10, all_projects=True)
    ]


def test_one_is_shown_and_several_deleted(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert json.loads(vmctl("server-group-get", "web", "-f", "json").out)["members"] == ["s1", "s2"]

    assert vmctl("server-group-delete", "web", "db").err == (
        "Server group web has been successfully deleted.\n"
        "Server group db has been successfully deleted.\n"
    )
