"""Security groups over gRPC: converts, asks the service, converts back."""

from __future__ import annotations

import grpc

from vmctl.v1 import network_pb2
from vmctl.v1 import security_group_pb2 as pb
from vmctl.v1.security_group_pb2_grpc import SecurityGroupServiceServicer
from vmctld.network.port_security import SecurityWish
from vmctld.network.service import NetworkService
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.common import page_from_proto
from vmctld.wire.convert.network import port_to_proto
from vmctld.wire.convert.security_group import (
    book_to_proto,
    group_to_proto,
    pair_from_proto,
    rule_request_from_proto,
    rule_to_proto,
)


class SecurityGroupServicer(SecurityGroupServiceServicer):
    """Serves ``vmctl.v1.SecurityGroupService``."""

    def __init__(self, service: NetworkService) -> None:
        self._groups = service.security_groups
        self._ports = service.port_security
        self._guards = service.guards
        self._enforced = service.filters

    def CreateSecurityGroup(
        self, request: pb.CreateSecurityGroupRequest, context: grpc.ServicerContext
    ) -> pb.SecurityGroup:
        made = self._groups.create_group(caller_of(context), request.name, request.description)
        return group_to_proto(made, enforced=self._enforced)

    def GetSecurityGroup(
        self, request: pb.GetSecurityGroupRequest, context: grpc.ServicerContext
    ) -> pb.SecurityGroup:
        found = self._groups.get_group(caller_of(context), request.security_group)
        return group_to_proto(found, enforced=self._enforced)

    def ListSecurityGroups(
        self, request: pb.ListSecurityGroupsRequest, context: grpc.ServicerContext
    ) -> pb.ListSecurityGroupsResponse:
        found = self._groups.list_groups(
            caller_of(context), page_from_proto(request.page), all_projects=request.all_projects
        )
        return pb.ListSecurityGroupsResponse(
            security_groups=[group_to_proto(one, enforced=self._enforced) for one in found]
        )

    def UpdateSecurityGroup(
        self, request: pb.UpdateSecurityGroupRequest, context: grpc.ServicerContext
    ) -> pb.SecurityGroup:
        changed = self._groups.update_group(
            caller_of(context),
            request.security_group,
            request.name if request.HasField("name") else None,
            request.description if request.HasField("description") else None,
        )
        return group_to_proto(changed, enforced=self._enforced)

    def DeleteSecurityGroup(
        self, request: pb.DeleteSecurityGroupRequest, context: grpc.ServicerContext
    ) -> pb.DeleteSecurityGroupResponse:
        self._groups.delete_group(caller_of(context), request.security_group)
        return pb.DeleteSecurityGroupResponse()

    def CreateSecurityGroupRule(
        self, request: pb.CreateSecurityGroupRuleRequest, context: grpc.ServicerContext
    ) -> pb.SecurityGroupRule:
        wanted = rule_request_from_proto(request)
        made = self._groups.create_rule(caller_of(context), request.security_group, wanted)
        return rule_to_proto(made, enforced=self._enforced)

    def GetSecurityGroupRule(
        self, request: pb.GetSecurityGroupRuleRequest, context: grpc.ServicerContext
    ) -> pb.SecurityGroupRule:
        found = self._groups.get_rule(caller_of(context), request.id)
        return rule_to_proto(found, enforced=self._enforced)

    def DeleteSecurityGroupRule(
        self, request: pb.DeleteSecurityGroupRuleRequest, context: grpc.ServicerContext
    ) -> pb.DeleteSecurityGroupRuleResponse:
        self._groups.delete_rule(caller_of(context), request.id)
        return pb.DeleteSecurityGroupRuleResponse()

    def UpdatePortSecurity(
        self, request: pb.UpdatePortSecurityRequest, context: grpc.ServicerContext
    ) -> network_pb2.Port:
        names, pairs = request.security_groups.names, request.address_pairs.pairs
        wish = SecurityWish(
            groups=[*names] if request.HasField("security_groups") else None,
            enabled=request.port_security if request.HasField("port_security") else None,
            pairs=[*map(pair_from_proto, pairs)] if request.HasField("address_pairs") else None,
        )
        return port_to_proto(self._ports.update(caller_of(context), request.port, wish))

    def ListInstanceGroups(
        self, request: pb.ListInstanceGroupsRequest, context: grpc.ServicerContext
    ) -> pb.ListInstanceGroupsResponse:
        found = self._ports.groups_of_instance(caller_of(context), request.instance_id)
        return pb.ListInstanceGroupsResponse(
            security_groups=[group_to_proto(one, enforced=self._enforced) for one in found]
        )

    def AddInstanceGroup(
        self, request: pb.AddInstanceGroupRequest, context: grpc.ServicerContext
    ) -> pb.AddInstanceGroupResponse:
        enforced = self._ports.add_to_instance(
            caller_of(context), request.instance_id, request.security_group
        )
        return pb.AddInstanceGroupResponse(enforced=enforced)

    def RemoveInstanceGroup(
        self, request: pb.RemoveInstanceGroupRequest, context: grpc.ServicerContext
    ) -> pb.RemoveInstanceGroupResponse:
        self._ports.remove_from_instance(
            caller_of(context), request.instance_id, request.security_group
        )
        return pb.RemoveInstanceGroupResponse()

    def ListHostGuards(
        self, request: pb.ListHostGuardsRequest, context: grpc.ServicerContext
    ) -> pb.ListHostGuardsResponse:
        return book_to_proto(self._guards.of_host(caller_of(context), request.host, request.digest))
