"""``network-topology``: a tree, and a picture in which names are nothing but text."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from tests.cli.messages import an_instance
from vmctl.v1 import compute_pb2, network_pb2, router_pb2

NASTY = "zz<script>alert(1)</script>&\x1b[31m"
SERVER = an_instance("web1")


@pytest.fixture(autouse=True)
def _has_some(cloud: FakeCloud) -> None:
    cloud.answers["ListNetworks"] = network_pb2.ListNetworksResponse(
        networks=[
            network_pb2.Network(id="n1", name="backend"),
            network_pb2.Network(id="n2", name="public", external=True),
            network_pb2.Network(id="n3", name=NASTY),
        ]
    )
    cloud.answers["ListSubnets"] = network_pb2.ListSubnetsResponse(
        subnets=[network_pb2.Subnet(id="s1", network_id="n1", cidr="10.3.0.0/24")]
    )
    card = network_pb2.Port(id="p1", network_id="n1", device_id=SERVER.id, status="ACTIVE")
    card.fixed_ips.add(subnet_id="s1", address="10.3.0.9")
    hosts_own = network_pb2.Port(id="p2", network_id="n1", device_owner="network:dhcp")
    cloud.answers["ListPorts"] = network_pb2.ListPortsResponse(ports=[card, hosts_own])
    cloud.answers["ListInstances"] = compute_pb2.ListInstancesResponse(instances=[SERVER])
    leg = router_pb2.RouterPort(network_id="n1", address="10.3.0.1")
    out = router_pb2.RouterPort(network_id="n2", address="203.0.113.2")
    edge = router_pb2.Router(id="r1", name="edge", gateway=out, interfaces=[leg])
    cloud.answers["ListRouters"] = router_pb2.ListRoutersResponse(routers=[edge])
    floating = router_pb2.FloatingIp(id="f1", address="203.0.113.9", port_id="p1")
    cloud.answers["ListFloatingIps"] = router_pb2.ListFloatingIpsResponse(floating_ips=[floating])


def test_the_outside_comes_first_and_servers_below_their_networks(vmctl: Vmctl) -> None:
    lines = vmctl("network-topology").out.splitlines()

    assert lines[:5] == [
        "external network public (no subnet)",
        "`-- router edge 203.0.113.2 (gateway)",
        "network backend (10.3.0.0/24)",
        "|-- router edge 10.3.0.1",
        "`-- server web1 10.3.0.9 <- 203.0.113.9",
    ]
    assert "\x1b" not in "".join(lines)


def test_a_picture_is_well_formed_and_takes_no_name_for_markup(vmctl: Vmctl) -> None:
    drawn = vmctl("network-topology", "-f", "svg").out

    root = ElementTree.fromstring(drawn.encode())
    texts = [element.text or "" for element in root.iter() if element.tag.endswith("text")]
    assert "server web1" in texts
    assert any("<script>" in text for text in texts)  # as words
    assert not [element for element in root.iter() if element.tag.endswith("script")]


def test_a_program_reads_it_as_json(vmctl: Vmctl) -> None:
    told = json.loads(vmctl("network-topology", "-f", "json").out)

    backend = next(one for one in told if one["name"] == "backend")
    assert backend["attached"][1]["floating_ips"] == ["203.0.113.9"]


def test_nothing_at_all_is_drawn_all_the_same(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["ListNetworks"] = network_pb2.ListNetworksResponse()

    assert vmctl("network-topology").out == ""
    assert "<svg" in vmctl("network-topology", "-f", "svg").out
