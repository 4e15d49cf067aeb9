"""Server groups on the wire."""

from __future__ import annotations

from vmctl.v1 import server_group_pb2 as pb
from vmctld.domain.server_group import ServerGroup
from vmctld.wire.convert.common import time_to_proto


def server_group_to_proto(group: ServerGroup) -> pb.ServerGroup:
    """Return ``group`` as a message."""
    return pb.ServerGroup(
        id=group.id,
        name=group.name,
        project_id=group.project_id,
        user_id=group.user_id,
        policy=group.policy.value,
        max_server_per_host=group.max_server_per_host,
        members=group.members,
        created_at=time_to_proto(group.created_at),
    )
