"""What projects used over time on the wire."""

from __future__ import annotations

from vmctl.v1 import usage_pb2 as pb
from vmctld.domain.usage import ProjectUsage
from vmctld.wire.convert.common import time_to_proto


def usage_to_proto(usage: ProjectUsage) -> pb.ProjectUsage:
    """Return ``usage`` as a message."""
    return pb.ProjectUsage(
        project_id=usage.project_id,
        started_at=time_to_proto(usage.started_at),
        ended_at=time_to_proto(usage.ended_at),
        servers=usage.servers,
        cpu_hours=usage.cpu_hours,
        ram_mib_hours=usage.ram_mib_hours,
        disk_gib_hours=usage.disk_gib_hours,
    )
