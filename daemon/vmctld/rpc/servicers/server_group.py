"""Server groups over gRPC: converts, asks the service, converts back."""

from __future__ import annotations

import grpc

from vmctl.v1 import server_group_pb2 as pb
from vmctl.v1.server_group_pb2_grpc import ServerGroupServiceServicer
from vmctld.compute.server_groups import ServerGroups
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.common import page_from_proto
from vmctld.wire.convert.server_group import server_group_to_proto


class ServerGroupServicer(ServerGroupServiceServicer):
    """Serves ``vmctl.v1.ServerGroupService``."""

    def __init__(self, groups: ServerGroups) -> None:
        self._groups = groups

    def CreateServerGroup(
        self, request: pb.CreateServerGroupRequest, context: grpc.ServicerContext
    ) -> pb.ServerGroup:
        made = self._groups.create(
            caller_of(context), request.name, request.policy, request.max_server_per_host
        )
        return server_group_to_proto(made)

    def GetServerGroup(
        self, request: pb.GetServerGroupRequest, context: grpc.ServicerContext
    ) -> pb.ServerGroup:
        return server_group_to_proto(self._groups.get(caller_of(context), request.server_group))

    def ListServerGroups(
        self, request: pb.ListServerGroupsRequest, context: grpc.ServicerContext
    ) -> pb.ListServerGroupsResponse:
        found = self._groups.page(
            caller_of(context),
            page_from_proto(request.page),
            request.offset,
            all_projects=request.all_projects,
        )
        return pb.ListServerGroupsResponse(server_groups=map(server_group_to_proto, found))

    def DeleteServerGroup(
        self, request: pb.DeleteServerGroupRequest, context: grpc.ServicerContext
    ) -> pb.DeleteServerGroupResponse:
        self._groups.delete(caller_of(context), request.server_group)
        return pb.DeleteServerGroupResponse()
