"""Servers: booting, listing, showing, deleting, and what they did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from vmctl.v1 import compute_pb2 as pb
from vmctl.v1.common_pb2 import Page
from vmctl.v1.compute_pb2_grpc import ComputeServiceStub

from vmctl_cli.client.calls import Calls
from vmctl_cli.client.server_records import Server, server_from

PAGE = 1000


@dataclass(frozen=True, slots=True)
class ServerFilter:
    """Which servers a list is to hold."""

    all_projects: bool = False
    status: str = ""
    name: str = ""
    host: str = ""
    deleted: bool = False
    reservation_id: str = ""


class Servers:
    """The compute service, as far as servers go."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> ComputeServiceStub:
        return ComputeServiceStub(self._calls.channel)

    def list(
        self, wanted: ServerFilter, *, limit: int | None = None, marker: str = ""
    ) -> Iterator[Server]:
        """Return the servers that fit, newest first; ``limit`` None: all of them."""
        left = limit
        while True:
            size = PAGE if left is None else min(left, PAGE)
            request = pb.ListInstancesRequest(
                page=Page(limit=size, marker=marker),
                all_projects=wanted.all_projects,
                status=wanted.status,
                name=wanted.name,
                host=wanted.host,
                deleted=wanted.deleted,
                reservation_id=wanted.reservation_id,
            )
            answer = self._calls.unary(self._stub.ListInstances, request, repeatable=True)
            for instance in answer.instances:
                yield server_from(instance)
            marker = answer.next_marker
            left = None if left is None else left - len(answer.instances)
            if not marker or (left is not None and left <= 0):
                return

    def get(self, server: str) -> Server:
        """Return the server of that name or id."""
        request = pb.GetInstanceRequest(instance=server)
        return server_from(self._calls.unary(self._stub.GetInstance, request, repeatable=True))
