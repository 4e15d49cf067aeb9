"""``interface-list``, ``interface-attach``, ``interface-detach``."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from tests.cli.messages import an_instance
from vmctl.v1 import instance_actions_pb2 as pb
from vmctl.v1 import network_pb2

CARD = network_pb2.Port(
    id="p1",
    network_id="n1",
    mac="fa:16:3e:00:00:05",
    status="ACTIVE",
    fixed_ips=[network_pb2.FixedIp(subnet_id="s1", address="10.3.0.9")],
)


@pytest.fixture(autouse=True)
def _has_one(cloud: FakeCloud) -> None:
    cloud.answers["GetInstance"] = an_instance("web1")
    cloud.answers["ListPorts"] = network_pb2.ListPortsResponse(ports=[CARD])
    cloud.answers["AttachInterface"] = pb.AttachInterfaceResponse(
        instance=an_instance("web1"), port_id="p1", network_id="n1"
    )
    cloud.answers["DetachInterface"] = an_instance("web1")


def test_cards_are_listed_as_nova_does(vmctl: Vmctl, cloud: FakeCloud) -> None:
    shown = vmctl("interface-list", "web1").out

    assert "| Port State | Port ID | Net ID | IP addresses | MAC Addr          |" in shown
    assert "| ACTIVE     | p1      | n1     | 10.3.0.9     | fa:16:3e:00:00:05 |" in shown
    assert cloud.last(network_pb2.ListPortsRequest).device_id == an_instance("web1").id


def test_a_card_is_plugged_in_where_it_is_wanted(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl(
        *("interface-attach", "--net-id", "backend", "--fixed-ip", "10.3.0.9", "web1"),
        *("-f", "json"),
    )

    nic = cloud.last(pb.AttachInterfaceRequest).nic
    assert (nic.network, nic.port_id, nic.fixed_ip) == ("backend", "", "10.3.0.9")
    (card,) = json.loads(result.out)
    assert (card["port_id"], card["net_id"], card["port_state"]) == ("p1", "n1", "BUILD")
    assert card["mac_addr"] is None


def test_a_tag_is_refused_by_name(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("interface-attach", "--tag", "x", "web1")

    assert result.code == 7
    assert "--tag" in result.err
    assert cloud.methods() == []


def test_a_card_is_taken_out_by_its_port(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("interface-detach", "web1", "p1")

    request = cloud.last(pb.DetachInterfaceRequest)
    assert (result.code, result.out) == (0, "")
    assert (request.instance, request.port_id) == ("web1", "p1")
