"""``floating-ip-*``."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from tests.cli.messages import an_instance
from vmctl.v1 import router_pb2 as pb

IT = pb.FloatingIp(id="f1", address="203.0.113.9", network_id="n1", project_id="p1", status="DOWN")


@pytest.fixture(autouse=True)
def _has_one(cloud: FakeCloud) -> None:
    for method in ("Create", "Get", "Associate", "Disassociate"):
        cloud.answers[f"{method}FloatingIp"] = IT
    cloud.answers["ListFloatingIps"] = pb.ListFloatingIpsResponse(floating_ips=[IT])
    cloud.answers["GetInstance"] = an_instance("web1")


def test_what_leads_nowhere_says_so(vmctl: Vmctl) -> None:
    assert (
        "| f1 | 203.0.113.9 | -        | -    | n1      | DOWN   |" in vmctl("floating-ip-list").out
    )
    told = json.loads(vmctl("floating-ip-show", "203.0.113.9", "-f", "json").out)
    assert (told["port_id"], told["fixed_address"], told["router_id"]) == (None, None, None)


def test_one_is_taken_with_the_address_wanted(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("floating-ip-create", "--floating-ip-address", "203.0.113.9", "--port", "p", "public")

    assert cloud.last(pb.CreateFloatingIpRequest) == pb.CreateFloatingIpRequest(
        network="public", address="203.0.113.9", port="p"
    )


@pytest.mark.parametrize("command", ["floating-ip-associate", "add-floating-ip"])
def test_it_is_led_to_a_server_in_novas_words(vmctl: Vmctl, cloud: FakeCloud, command: str) -> None:
    result = vmctl(command, "web1", "203.0.113.9", "--fixed-address", "10.3.0.9")

    assert result.code == 0
    request = cloud.last(pb.AssociateFloatingIpRequest)
    assert (request.floating_ip, request.fixed_address) == ("203.0.113.9", "10.3.0.9")
    assert request.device_id == an_instance("web1").id


def test_it_is_led_away_from_that_server_alone(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("floating-ip-disassociate", "web1", "203.0.113.9")

    request = cloud.last(pb.DisassociateFloatingIpRequest)
    assert (request.floating_ip, request.device_id) == ("203.0.113.9", an_instance("web1").id)


def test_each_of_several_is_given_back(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert vmctl("floating-ip-delete", "203.0.113.9", "f2").code == 0
    assert cloud.methods().count("DeleteFloatingIp") == 2
