"""Usage over gRPC: converts, asks the service, converts back."""

from __future__ import annotations

import grpc

from vmctl.v1 import usage_pb2 as pb
from vmctl.v1.usage_pb2_grpc import UsageServiceServicer
from vmctld.compute.usages import Usages
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.common import time_from_proto
from vmctld.wire.convert.usage import usage_to_proto


class UsageServicer(UsageServiceServicer):
    """Serves ``vmctl.v1.UsageService``."""

    def __init__(self, usages: Usages) -> None:
        self._usages = usages

    def GetUsage(
        self, request: pb.GetUsageRequest, context: grpc.ServicerContext
    ) -> pb.ProjectUsage:
        usage = self._usages.get(
            caller_of(context),
            request.project,
            time_from_proto(request.started_at),
            time_from_proto(request.ended_at),
        )
        return usage_to_proto(usage)

    def ListUsages(
        self, request: pb.ListUsagesRequest, context: grpc.ServicerContext
    ) -> pb.ListUsagesResponse:
        found = self._usages.of_all(
            caller_of(context),
            time_from_proto(request.started_at),
            time_from_proto(request.ended_at),
        )
        return pb.ListUsagesResponse(usages=map(usage_to_proto, found))
