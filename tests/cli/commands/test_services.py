"""``service-*``."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import host_pb2 as pb

AGENT = pb.HostAgent(
    id="s1",
    binary="nova-compute",
    host="host1",
    availability_zone="nova",
    status="disabled",
    state="up",
    disabled_reason="new disks",
)


@pytest.fixture(autouse=True)
def _has_one(cloud: FakeCloud) -> None:
    cloud.answers["ListHostAgents"] = pb.ListHostAgentsResponse(agents=[AGENT])
    cloud.answers["UpdateHostAgent"] = AGENT


def test_services_are_listed_as_nova_does(vmctl: Vmctl, cloud: FakeCloud) -> None:
    lines = vmctl("service-list", "--host", "host1", "--binary", "nova-compute").out.splitlines()

    assert [cell.strip() for cell in lines[1].split("|")[1:-1]] == [
        *("Id", "Binary", "Host", "Zone", "Status", "State", "Updated_at"),
        *("Disabled Reason", "Forced down"),
    ]
    assert cloud.requests == [pb.ListHostAgentsRequest(host="host1", binary="nova-compute")]


def test_a_service_is_switched_off_with_its_reason_and_on(vmctl: Vmctl, cloud: FakeCloud) -> None:
    off = vmctl("service-disable", "--reason", "new disks", "s1")
    vmctl("service-enable", "s1")

    assert "| Disabled Reason |" in off.out
    assert "| new disks       |" in off.out
    assert cloud.requests == [
        pb.UpdateHostAgentRequest(agent="s1", enabled=False, disabled_reason="new disks"),
        pb.UpdateHostAgentRequest(agent="s1", enabled=True),
    ]


def test_a_host_is_said_to_be_dead_and_not(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert "| Forced down |" in vmctl("service-force-down", "s1").out
    vmctl("service-force-down", "--unset", "s1")

    assert cloud.requests == [
        pb.UpdateHostAgentRequest(agent="s1", forced_down=True),
        pb.UpdateHostAgentRequest(agent="s1", forced_down=False),
    ]


def test_a_service_is_forgotten_without_a_word(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert vmctl("service-delete", "s1").out == ""
    assert cloud.requests == [pb.DeleteHostAgentRequest(agent="s1")]


def test_one_service_is_one_object(vmctl: Vmctl) -> None:
    assert json.loads(vmctl("service-enable", "s1", "-f", "json").out)["host"] == "host1"
