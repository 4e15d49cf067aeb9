"""Volumes of instances over gRPC: asks the api, converts what it says."""

from __future__ import annotations

import grpc

from vmctl.v1 import compute_pb2
from vmctl.v1 import instance_volumes_pb2 as pb
from vmctl.v1.instance_volumes_pb2_grpc import InstanceVolumeServiceServicer
from vmctld.compute.api.volumes import InstanceVolumes
from vmctld.domain.instance import Instance
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.instance import instance_to_proto, volume_plan_to_proto


class InstanceVolumeServicer(InstanceVolumeServiceServicer):
    """Serves ``vmctl.v1.InstanceVolumeService``."""

    def __init__(self, volumes: InstanceVolumes) -> None:
        self._volumes = volumes

    def AttachVolume(
        self, request: pb.AttachVolumeRequest, context: grpc.ServicerContext
    ) -> pb.AttachVolumeResponse:
        begun, plan = self._volumes.attach(
            caller_of(context),
            request.instance,
            request.volume,
            delete_on_termination=request.delete_on_termination,
        )
        return pb.AttachVolumeResponse(
            instance=_shown(begun, context), volume=volume_plan_to_proto(plan)
        )

    def DetachVolume(
        self, request: pb.DetachVolumeRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        begun = self._volumes.detach(
            caller_of(context), request.instance, request.volume, force=request.force
        )
        return _shown(begun, context)

    def ExtendAttachedVolume(
        self, request: pb.ExtendAttachedVolumeRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        begun = self._volumes.extend(caller_of(context), request.volume, request.size_gib)
        return _shown(begun, context)


def _shown(instance: Instance, context: grpc.ServicerContext) -> compute_pb2.Instance:
    return instance_to_proto(instance, for_admin=caller_of(context).is_admin)
