"""Security groups over gRPC: every method, from message to message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from tests.support.callers import a_build, a_caller
from tests.support.carriers import by
from tests.support.clock import FakeClock
from tests.support.database import a_database
from tests.support.serving import serving
from vmctl.v1 import network_pb2
from vmctl.v1 import security_group_pb2 as pb
from vmctl.v1.security_group_pb2_grpc import (
    SecurityGroupServiceStub,
    add_SecurityGroupServiceServicer_to_server,
)
from vmctld.compute.boot import BUILD_CALLS
from vmctld.domain.instance import Nic
from vmctld.domain.network import SubnetRequest
from vmctld.network.service import NetworkService
from vmctld.rpc.servicers.security_group import SecurityGroupServicer
from vmctld.wire.status import error_from_rpc

SERVER = "0c7a1d1e-0000-4000-8000-000000000001"
PORT = "0c7a1d1e-0000-4000-8000-0000000000aa"
MEMBER, SERVICE = by("member"), by("service")


@pytest.fixture
def networks(tmp_path: Path) -> Iterator[NetworkService]:
    """Networks on bridges, with a port of a server of the project of ``member``."""
    database = a_database(tmp_path)
    service = NetworkService(database, FakeClock(), port_kind="bridge")
    yield service
    database.close()


@pytest.fixture
def groups(networks: NetworkService) -> Iterator[SecurityGroupServiceStub]:
    build = replace(a_build(SERVER), calls=BUILD_CALLS)
    with serving(
        add_SecurityGroupServiceServicer_to_server,
        SecurityGroupServicer(networks),
        {"of-server": build, "member": a_caller()},
    ) as channel:
        yield SecurityGroupServiceStub(channel)


@pytest.fixture
def _server(networks: NetworkService) -> None:
    network = networks.networks.create_network(a_caller(), "blue")
    networks.subnets.create_subnet(a_caller(), SubnetRequest(network.id, "10.1.0.0/24"))
    networks.builds.ensure_ports(a_build(SERVER), SERVER, "h1", [Nic(PORT, network.id)])


def test_groups_are_made_found_changed_listed_and_deleted(
    groups: SecurityGroupServiceStub,
) -> None:
    made = groups.CreateSecurityGroup(
        pb.CreateSecurityGroupRequest(name="web", description="for all"), metadata=MEMBER
    )
    changed = groups.UpdateSecurityGroup(
        pb.UpdateSecurityGroupRequest(security_group="web", name="front"), metadata=MEMBER
    )
    found = groups.GetSecurityGroup(
        pb.GetSecurityGroupRequest(security_group=made.id), metadata=MEMBER
    )
    listed = groups.ListSecurityGroups(pb.ListSecurityGroupsRequest(), metadata=MEMBER)
    groups.DeleteSecurityGroup(
        pb.DeleteSecurityGroupRequest(security_group="front"), metadata=MEMBER
    )
    left = groups.ListSecurityGroups(pb.ListSecurityGroupsRequest(), metadata=MEMBER)

    assert found == changed
    assert (found.name, found.description, found.enforced) == ("front", "for all", True)
    assert [group.name for group in listed.security_groups] == ["default", "front"]
    assert [group.name for group in left.security_groups] == ["default"]


def test_rules_are_made_found_and_deleted(groups: SecurityGroupServiceStub) -> None:
    request = pb.CreateSecurityGroupRuleRequest(
        security_group="default", protocol="tcp", port_range_min=22, port_range_max=23
    )
    made = groups.CreateSecurityGroupRule(request, metadata=MEMBER)

    by_id = pb.GetSecurityGroupRuleRequest(id=made.id)
    assert groups.GetSecurityGroupRule(by_id, metadata=MEMBER) == made
    assert (made.port_range_min, made.port_range_max, made.direction) == (22, 23, "ingress")
    groups.DeleteSecurityGroupRule(pb.DeleteSecurityGroupRuleRequest(id=made.id), metadata=MEMBER)
    with pytest.raises(grpc.RpcError) as gone:
        groups.GetSecurityGroupRule(by_id, metadata=MEMBER)
    assert error_from_rpc(gone.value).code == "security-group-rule-not-found"


@pytest.mark.usefixtures("_server")
def test_a_servers_groups_are_changed(groups: SecurityGroupServiceStub) -> None:
    groups.CreateSecurityGroup(pb.CreateSecurityGroupRequest(name="web"), metadata=MEMBER)
    ask = pb.ListInstanceGroupsRequest(instance_id=SERVER)

    added = groups.AddInstanceGroup(
        pb.AddInstanceGroupRequest(instance_id=SERVER, security_group="web"), metadata=MEMBER
    )
    both = groups.ListInstanceGroups(ask, metadata=MEMBER)
    groups.RemoveInstanceGroup(
        pb.RemoveInstanceGroupRequest(instance_id=SERVER, security_group="default"),
        metadata=MEMBER,
    )
    one = groups.ListInstanceGroups(ask, metadata=MEMBER)

    assert added.enforced
    assert [group.name for group in both.security_groups] == ["default", "web"]
    assert [group.name for group in one.security_groups] == ["web"]


@pytest.mark.usefixtures("_server")
def test_what_is_enforced_at_a_port_is_changed(groups: SecurityGroupServiceStub) -> None:
    request = pb.UpdatePortSecurityRequest(
        port=PORT,
        security_groups=pb.SecurityGroupNames(),
        address_pairs=pb.AddressPairs(pairs=[network_pb2.AddressPair(cidr="10.1.0.50")]),
    )
    port = groups.UpdatePortSecurity(request, metadata=MEMBER)
    off = groups.UpdatePortSecurity(
        pb.UpdatePortSecurityRequest(port=PORT, port_security=False), metadata=MEMBER
    )

    assert [*port.security_group_ids] == []
    assert [pair.cidr for pair in port.address_pairs] == ["10.1.0.50"]
    assert port.port_security
    assert not off.port_security


@pytest.mark.usefixtures("_server")
def test_a_hosts_agent_is_told_what_to_enforce(groups: SecurityGroupServiceStub) -> None:
    ask = pb.ListHostGuardsRequest(host="h1")

    told = groups.ListHostGuards(ask, metadata=SERVICE)
    again = groups.ListHostGuards(
        pb.ListHostGuardsRequest(host="h1", digest=told.digest), metadata=SERVICE
    )

    assert [guard.port_id for network in told.networks for guard in network.guards] == [PORT]
    assert again.unchanged
    with pytest.raises(grpc.RpcError) as refused:
        groups.ListHostGuards(ask, metadata=MEMBER)
    assert error_from_rpc(refused.value).code == "not-allowed"
