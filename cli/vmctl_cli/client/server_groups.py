"""Server groups: servers that shall be together, or apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from vmctl.v1 import server_group_pb2 as pb
from vmctl.v1.common_pb2 import Page
from vmctl.v1.server_group_pb2_grpc import ServerGroupServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.values import time_of


@dataclass(frozen=True, slots=True)
class ServerGroup:
    """A group with the ids of its servers."""

    id: str
    name: str
    policy: str
    max_server_per_host: int
    members: tuple[str, ...]
    project_id: str
    user_id: str
    created_at: str | None


class ServerGroups:
    """The server group service."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> ServerGroupServiceStub:
        return ServerGroupServiceStub(self._calls.channel)

    def create(self, name: str, policy: str, max_server_per_host: int) -> ServerGroup:
        """Make a group; 0 servers per host: the policy's own rule."""
        request = pb.CreateServerGroupRequest(
            name=name, policy=policy, max_server_per_host=max_server_per_host
        )
        return _group(self._calls.unary(self._stub.CreateServerGroup, request))

    def get(self, group: str) -> ServerGroup:
        """Return the group of that name or id."""
        request = pb.GetServerGroupRequest(server_group=group)
        return _group(self._calls.unary(self._stub.GetServerGroup, request, repeatable=True))

    def list(self, limit: int | None, offset: int, *, all_projects: bool) -> list[ServerGroup]:
        """Return groups, oldest first."""
        request = pb.ListServerGroupsRequest(
            page=Page(limit=limit or 0), offset=offset, all_projects=all_projects
        )
        answer = self._calls.unary(self._stub.ListServerGroups, request, repeatable=True)
        return [_group(group) for group in answer.server_groups]

    def delete(self, group: str) -> None:
        """Forget a group; its servers live on."""
        request = pb.DeleteServerGroupRequest(server_group=group)
        self._calls.unary(self._stub.DeleteServerGroup, request)


def _group(message: pb.ServerGroup) -> ServerGroup:
    return ServerGroup(
        id=message.id,
        name=message.name,
        policy=message.policy,
        max_server_per_host=message.max_server_per_host,
        members=tuple(message.members),
        project_id=message.project_id,
        user_id=message.user_id,
        created_at=time_of(message, "created_at"),
    )
