"""Usage: what projects' servers used over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from google.protobuf.timestamp_pb2 import Timestamp

from vmctl.v1 import usage_pb2 as pb
from vmctl.v1.usage_pb2_grpc import UsageServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.values import time_of


@dataclass(frozen=True, slots=True)
class Usage:
    """What one project used in a period."""

    project_id: str
    started_at: str | None
    ended_at: str | None
    servers: int
    ram_mib_hours: float
    cpu_hours: float
    disk_gib_hours: float


class Usages:
    """The usage service."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> UsageServiceStub:
        return UsageServiceStub(self._calls.channel)

    def get(self, project: str, started_at: datetime, ended_at: datetime) -> Usage:
        """Return what a project used; empty: one's own."""
        request = pb.GetUsageRequest(
            project=project, started_at=_stamp(started_at), ended_at=_stamp(ended_at)
        )
        return _usage(self._calls.unary(self._stub.GetUsage, request, repeatable=True))

    def list(self, started_at: datetime, ended_at: datetime) -> list[Usage]:
        """Return what each project used that used anything."""
        request = pb.ListUsagesRequest(started_at=_stamp(started_at), ended_at=_stamp(ended_at))
        answer = self._calls.unary(self._stub.ListUsages, request, repeatable=True)
        return [_usage(one) for one in answer.usages]


def _stamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def _usage(message: pb.ProjectUsage) -> Usage:
    return Usage(
        project_id=message.project_id,
        started_at=time_of(message, "started_at"),
        ended_at=time_of(message, "ended_at"),
        servers=message.servers,
        ram_mib_hours=message.ram_mib_hours,
        cpu_hours=message.cpu_hours,
        disk_gib_hours=message.disk_gib_hours,
    )
