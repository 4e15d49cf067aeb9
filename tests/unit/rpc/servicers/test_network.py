"""Networks over gRPC: every method, from message to message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from tests.support.callers import a_build
from tests.support.carriers import by
from tests.support.clock import FakeClock
from tests.support.database import a_database
from tests.support.serving import serving
from vmctl.v1 import common_pb2, compute_pb2
from vmctl.v1 import network_pb2 as pb
from vmctl.v1.network_pb2_grpc import NetworkServiceStub, add_NetworkServiceServicer_to_server
from vmctld.compute.boot import BUILD_CALLS
from vmctld.network.service import NetworkService
from vmctld.rpc.servicers.network import NetworkServicer

SERVER = "0c7a1d1e-0000-4000-8000-000000000001"
PORT = "0c7a1d1e-0000-4000-8000-0000000000aa"
MEMBER, ADMIN, SERVICE, BUILD = by("member"), by("admin"), by("service"), by("of-server")


@pytest.fixture
def networks(tmp_path: Path) -> Iterator[NetworkServiceStub]:
    database = a_database(tmp_path)
    servicer = NetworkServicer(NetworkService(database, FakeClock()))
    build = replace(a_build(SERVER), calls=BUILD_CALLS)
    with serving(add_NetworkServiceServicer_to_server, servicer, {"of-server": build}) as channel:
        yield NetworkServiceStub(channel)
    database.close()


@pytest.fixture
def network(networks: NetworkServiceStub) -> pb.Network:
    return networks.CreateNetwork(
        pb.CreateNetworkRequest(name="blue", mtu_bytes=1400), metadata=MEMBER
    )


@pytest.fixture
def subnet(networks: NetworkServiceStub, network: pb.Network) -> pb.Subnet:
    request = pb.CreateSubnetRequest(
        name="low",
        network="blue",
        cidr="10.1.0.0/24",
        dns_servers=["9.9.9.9"],
        pools=[pb.AllocationPool(first="10.1.0.9", last="10.1.0.20")],
    )
    return networks.CreateSubnet(request, metadata=MEMBER)


def test_networks_are_made_found_listed_and_deleted(
    networks: NetworkServiceStub, network: pb.Network
) -> None:
    found = networks.GetNetwork(pb.GetNetworkRequest(network="blue"), metadata=MEMBER)
    mine = networks.ListNetworks(pb.ListNetworksRequest(), metadata=MEMBER)
    everybodys = networks.ListNetworks(pb.ListNetworksRequest(all_projects=True), metadata=ADMIN)
    networks.DeleteNetwork(pb.DeleteNetworkRequest(network=network.id), metadata=MEMBER)

    assert found == network
    assert (network.mtu_bytes, network.shared) == (1400, False)
    assert list(mine.networks) == list(everybodys.networks) == [network]
    assert not networks.ListNetworks(pb.ListNetworksRequest(), metadata=MEMBER).networks


def test_an_admin_shares_a_network(networks: NetworkServiceStub) -> None:
    request = pb.CreateNetworkRequest(name="public", shared=True)

    assert networks.CreateNetwork(request, metadata=ADMIN).shared


def test_subnets_are_made_found_listed_and_deleted(
    networks: NetworkServiceStub, network: pb.Network, subnet: pb.Subnet
) -> None:
    page = common_pb2.Page(limit=1)
    found = networks.GetSubnet(pb.GetSubnetRequest(subnet="low"), metadata=MEMBER)
    listed = networks.ListSubnets(pb.ListSubnetsRequest(page=page, network="blue"), metadata=MEMBER)
    networks.DeleteSubnet(pb.DeleteSubnetRequest(subnet="low"), metadata=MEMBER)

    assert found == subnet
    assert (subnet.gateway, list(subnet.dns_servers)) == ("10.1.0.1", ["9.9.9.9"])
    assert list(listed.subnets) == [subnet]
    assert not networks.ListSubnets(pb.ListSubnetsRequest(), metadata=MEMBER).subnets


def test_ports_are_made_found_listed_and_deleted(
    networks: NetworkServiceStub, subnet: pb.Subnet
) -> None:
    request = pb.CreatePortRequest(
        name="p", network="blue", fixed_ip="10.1.0.77", mac="52:54:00:00:00:01"
    )
    port = networks.CreatePort(request, metadata=MEMBER)
    found = networks.GetPort(pb.GetPortRequest(port="p"), metadata=MEMBER)
    listed = networks.ListPorts(pb.ListPortsRequest(network="blue"), metadata=MEMBER)
    of_server = networks.ListPorts(pb.ListPortsRequest(device_id=SERVER), metadata=MEMBER)
    networks.DeletePort(pb.DeletePortRequest(port="p"), metadata=MEMBER)

    assert found == port
    assert (port.fixed_ips[0].address, port.mac) == ("10.1.0.77", "52:54:00:00:00:01")
    assert list(listed.ports) == [port]
    assert not of_server.ports
    assert not networks.ListPorts(pb.ListPortsRequest(), metadata=MEMBER).ports


def test_a_boots_wishes_become_networks_ports_and_addresses(
    networks: NetworkServiceStub, network: pb.Network, subnet: pb.Subnet
) -> None:
    wanted = [
        compute_pb2.NicRequest(network="blue"),
        compute_pb2.NicRequest(network=network.id, fixed_ip="10.1.0.10"),
    ]

    answer = networks.ResolveNics(pb.ResolveNicsRequest(nics=wanted), metadata=MEMBER)

    assert list(answer.nics) == [
        pb.ResolvedNic(network_id=network.id),
        pb.ResolvedNic(network_id=network.id, fixed_ip="10.1.0.10"),
    ]


def test_a_build_gets_its_ports_and_a_service_gives_them_back(
    networks: NetworkServiceStub, network: pb.Network, subnet: pb.Subnet
) -> None:
    wanted = pb.PortRequest(port_id=PORT, network_id=network.id)
    request = pb.EnsurePortsRequest(instance_id=SERVER, host="host-1", ports=[wanted])

    answer = networks.EnsurePorts(request, metadata=BUILD)
    listed = networks.ListPorts(pb.ListPortsRequest(device_id=SERVER), metadata=MEMBER)
    for host, left in (("host-2", 1), ("host-1", 0)):
        release = pb.ReleasePortsRequest(instance_id=SERVER, port_ids=[PORT], host=host)
        networks.ReleasePorts(release, metadata=SERVICE)
        ports = networks.ListPorts(pb.ListPortsRequest(), metadata=MEMBER).ports
        assert len(ports) == left

    assert [(w.port_id, w.address) for w in answer.wirings] == [(PORT, "10.1.0.9")]
    assert [port.host for port in listed.ports] == ["host-1"]


def test_bad_input_is_an_invalid_argument(networks: NetworkServiceStub) -> None:
    with pytest.raises(grpc.RpcError) as refusal:
        networks.CreateNetwork(pb.CreateNetworkRequest(name="-x"), metadata=MEMBER)

    assert refusal.value.code() is grpc.StatusCode.INVALID_ARGUMENT
