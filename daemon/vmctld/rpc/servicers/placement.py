"""Dry runs over gRPC: converts, asks the api, converts back."""

from __future__ import annotations

import grpc

from vmctl.v1 import placement_pb2 as pb
from vmctl.v1.placement_pb2_grpc import PlacementServiceServicer
from vmctld.compute.api.preview import Previews
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.instance import boot_request_from_proto
from vmctld.wire.convert.placement import preview_to_proto


class PlacementServicer(PlacementServiceServicer):
    """Serves ``vmctl.v1.PlacementService``."""

    def __init__(self, previews: Previews) -> None:
        self._previews = previews

    def PreviewBoot(
        self, request: pb.PreviewBootRequest, context: grpc.ServicerContext
    ) -> pb.PreviewBootResponse:
        caller = caller_of(context)
        preview = self._previews.preview(caller, boot_request_from_proto(request.boot))
        return preview_to_proto(preview, for_admin=caller.is_admin)
