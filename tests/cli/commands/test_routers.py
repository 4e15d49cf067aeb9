"""``router-*``."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import router_pb2 as pb

EDGE = pb.Router(
    id="r1",
    name="edge",
    project_id="p1",
    enable_snat=True,
    gateway=pb.RouterPort(port_id="g1", network_id="n1", subnet_id="s1", address="203.0.113.2"),
    interfaces=[pb.RouterPort(port_id="i1", network_id="n2", subnet_id="s2", address="10.3.0.1")],
)


@pytest.fixture(autouse=True)
def _has_one(cloud: FakeCloud) -> None:
    for method in ("CreateRouter", "GetRouter", "SetRouterGateway", "ClearRouterGateway"):
        cloud.answers[method] = EDGE
    for method in ("AddRouterSubnet", "RemoveRouterSubnet"):
        cloud.answers[method] = EDGE
    cloud.answers["ListRouters"] = pb.ListRoutersResponse(routers=[EDGE])


def test_a_router_is_shown_with_where_it_leads(vmctl: Vmctl) -> None:
    shown = vmctl("router-show", "edge").out

    assert "203.0.113.2 on network n1" in shown
    assert "10.3.0.1 on subnet s2" in shown
    told = json.loads(vmctl("router-show", "edge", "-f", "json").out)
    assert told["gateway"]["address"] == "203.0.113.2"
    assert told["interfaces"][0]["subnet_id"] == "s2"


def test_routers_are_listed(vmctl: Vmctl) -> None:
    assert "| r1 | edge | 203.0.113.2      | 10.3.0.1   |" in vmctl("router-list").out


def test_a_router_is_made_with_its_way_out(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("router-create", "--external-gateway", "public", "--disable-snat", "edge")

    assert cloud.last(pb.CreateRouterRequest) == pb.CreateRouterRequest(
        name="edge", external_network="public", disable_snat=True
    )


def test_only_what_is_said_is_set(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("router-set", "--disable-snat", "edge")
    request = cloud.last(pb.SetRouterGatewayRequest)
    assert (request.external_network, request.enable_snat) == ("", False)

    vmctl("router-set", "--external-gateway", "public", "--fixed-ip", "203.0.113.9", "edge")
    request = cloud.last(pb.SetRouterGatewayRequest)
    assert (request.fixed_ip, request.HasField("enable_snat")) == ("203.0.113.9", False)


@pytest.mark.parametrize("words", [(), ("--fixed-ip", "203.0.113.9", "--enable-snat")])
def test_what_makes_no_sense_is_2(vmctl: Vmctl, cloud: FakeCloud, words: tuple[str, ...]) -> None:
    assert vmctl("router-set", *words, "edge").code == 2
    assert cloud.methods() == []


def test_subnets_are_joined_and_left_by_name(vmctl: Vmctl, cloud: FakeCloud) -> None:
    wanted = pb.RouterSubnetRequest(router="edge", subnet="backend")

    for command in ("router-add-subnet", "router-remove-subnet"):
        assert vmctl(command, "edge", "backend").code == 0
        assert cloud.last(pb.RouterSubnetRequest) == wanted


def test_a_way_out_is_taken_away_by_its_name(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert vmctl("router-unset", "edge").code == 2
    assert vmctl("router-unset", "--external-gateway", "edge").code == 0
    assert cloud.last(pb.ClearRouterGatewayRequest).router == "edge"


def test_neutrons_old_words_do_the_same(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert vmctl("router-gateway-set", "edge", "public").code == 0

    request = cloud.last(pb.SetRouterGatewayRequest)
    assert (request.router, request.external_network) == ("edge", "public")


def test_each_of_several_is_deleted(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("router-delete", "edge", "other")

    assert result.code == 0
    assert cloud.methods().count("DeleteRouter") == 2
    assert "Router edge is deleted." in result.err
