"""``network-*``, ``subnet-*``, ``port-*``."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from tests.cli.messages import an_instance
from vmctl.v1 import network_pb2 as pb
from vmctl.v1.common_pb2 import Page

ALL = Page(limit=1000)
NETWORK = pb.Network(id="n1", name="private", shared=True, mtu_bytes=1500, subnet_ids=["s1", "s2"])
SUBNET = pb.Subnet(
    id="s1",
    network_id="n1",
    cidr="10.20.0.0/24",
    gateway="10.20.0.1",
    pools=[pb.AllocationPool(first="10.20.0.2", last="10.20.0.254")],
)
PORT = pb.Port(
    id="p1",
    network_id="n1",
    mac="fa:16:3e:00:00:01",
    fixed_ips=[pb.FixedIp(subnet_id="s1", address="10.20.0.5")],
    status="ACTIVE",
)


@pytest.fixture(autouse=True)
def _has_one_of_each(cloud: FakeCloud) -> None:
    for noun, one in (("Network", NETWORK), ("Subnet", SUBNET), ("Port", PORT)):
        cloud.answers[f"Create{noun}"] = cloud.answers[f"Get{noun}"] = one
    cloud.answers["ListNetworks"] = pb.ListNetworksResponse(networks=[NETWORK])
    cloud.answers["ListSubnets"] = pb.ListSubnetsResponse(subnets=[SUBNET])
    cloud.answers["ListPorts"] = pb.ListPortsResponse(ports=[PORT])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("network-list",), pb.ListNetworksRequest(page=ALL)),
        (("network-list", "--all-tenants"), pb.ListNetworksRequest(page=ALL, all_projects=True)),
        (("network-show", "n"), pb.GetNetworkRequest(network="n")),
        (("network-create", "n"), pb.CreateNetworkRequest(name="n")),
        (
            ("network-create", "--shared", "--mtu", "9000", "n"),
            pb.CreateNetworkRequest(name="n", shared=True, mtu_bytes=9000),
        ),
        (("network-delete", "n"), pb.DeleteNetworkRequest(network="n")),
        (("subnet-list", "--network", "n"), pb.ListSubnetsRequest(page=ALL, network="n")),
        (("subnet-show", "s"), pb.GetSubnetRequest(subnet="s")),
        (
            ("subnet-create", "n", "10.0.0.0/24"),
            pb.CreateSubnetRequest(network="n", cidr="10.0.0.0/24"),
        ),
        (
            ("subnet-create", "--name", "s", "--gateway", "10.0.0.9", "n", "10.0.0.0/24"),
            pb.CreateSubnetRequest(name="s", network="n", cidr="10.0.0.0/24", gateway="10.0.0.9"),
        ),
        (
            ("subnet-create", "--no-gateway", "n", "10.0.0.0/24"),
            pb.CreateSubnetRequest(network="n", cidr="10.0.0.0/24", gateway=""),
        ),
        (
            (
                *("subnet-create", "--dns-nameserver", "1.1.1.1", "n", "10.0.0.0/24"),
                *("--allocation-pool", "start=10.0.0.9,end=10.0.0.99"),
            ),
            pb.CreateSubnetRequest(
                network="n",
                cidr="10.0.0.0/24",
                dns_servers=["1.1.1.1"],
                pools=[pb.AllocationPool(first="10.0.0.9", last="10.0.0.99")],
            ),
        ),
        (("subnet-delete", "s"), pb.DeleteSubnetRequest(subnet="s")),
        (("port-list", "--network", "n"), pb.ListPortsRequest(page=ALL, network="n")),
        (("port-show", "p"), pb.GetPortRequest(port="p")),
        (
            ("port-create", "--name", "p", "--fixed-ip", "10.0.0.5", "n"),
            pb.CreatePortRequest(name="p", network="n", fixed_ip="10.0.0.5"),
        ),
        (
            ("port-create", "--fixed-ip", "ip_address=10.0.0.5", "--mac-address", "m", "n"),
            pb.CreatePortRequest(network="n", fixed_ip="10.0.0.5", mac="m"),
        ),
        (("port-delete", "p"), pb.DeletePortRequest(port="p")),
    ],
)
def test_what_is_asked_for_travels(
    vmctl: Vmctl, cloud: FakeCloud, arguments: tuple[str, ...], expected: object
) -> None:
    assert vmctl(*arguments).code == 0
    assert cloud.requests == [expected]
    assert expected == cloud.last(type(expected))


def test_the_ports_of_a_server_are_found_by_its_name(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["GetInstance"] = an_instance("web1")

    vmctl("port-list", "--server", "web1")

    assert cloud.last(pb.ListPortsRequest).device_id == "id-of-web1"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("subnet-create", "--gateway", "a", "--no-gateway", "n", "c"), 2),
        (("subnet-create", "--allocation-pool", "start=a", "n", "c"), 2),
        (("subnet-create", "--allocation-pool", "a-b", "n", "c"), 2),
        (("port-create", "--fixed-ip", "subnet_id=s1", "n"), 7),
        (("network-create", "--mtu", "70000", "n"), 2),
    ],
)
def test_what_makes_no_sense_does_not_travel(
    vmctl: Vmctl, cloud: FakeCloud, arguments: tuple[str, ...], code: int
) -> None:
    assert vmctl(*arguments).code == code
    assert cloud.calls == []


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("network-list",), "| n1 | private | s1, s2  | True   |"),
        (("subnet-list",), "10.20.0.1 | 10.20.0.2-10.20.0.254 |"),
        (("port-list",), "| fa:16:3e:00:00:01 | 10.20.0.5 | ACTIVE | -      |"),
        (("subnet-show", "s1"), "| dns_nameservers  | -  "),
        (("port-show", "p1"), "| fixed_ips             | 10.20.0.5 "),
    ],
)
def test_tables_show_addresses_as_text(
    vmctl: Vmctl, arguments: tuple[str, ...], shown: str
) -> None:
    assert shown in vmctl(*arguments).out
