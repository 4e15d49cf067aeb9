"""Volumes over gRPC: converts, asks the service, converts back."""

from __future__ import annotations

import grpc

from vmctl.v1 import volume_pb2 as pb
from vmctl.v1.volume_pb2_grpc import VolumeServiceServicer
from vmctld.rpc.caller import caller_of
from vmctld.rpc.servicers.volume_snapshots import SnapshotsAndTypes
from vmctld.volume.service import VolumeService
from vmctld.wire.convert.common import page_from_proto
from vmctld.wire.convert.volume import (
    attachment_from_proto,
    changes_from_proto,
    connection_to_proto,
    draft_from_proto,
    volume_request_from_proto,
    volume_to_proto,
)


class VolumeServicer(SnapshotsAndTypes, VolumeServiceServicer):
    """Serves ``vmctl.v1.VolumeService``."""

    def __init__(self, service: VolumeService) -> None:
        super().__init__(service.snapshots, service.types)
        self._service = service
        self._volumes = service.volumes
        self._attachments = service.attachments

    def CreateVolume(
        self, request: pb.CreateVolumeRequest, context: grpc.ServicerContext
    ) -> pb.Volume:
        volume = self._volumes.create_volume(caller_of(context), draft_from_proto(request))
        return volume_to_proto(volume)

    def GetVolume(self, request: pb.GetVolumeRequest, context: grpc.ServicerContext) -> pb.Volume:
        return volume_to_proto(self._volumes.get_volume(caller_of(context), request.volume))

    def ListVolumes(
        self, request: pb.ListVolumesRequest, context: grpc.ServicerContext
    ) -> pb.ListVolumesResponse:
        volumes = self._volumes.list_volumes(
            caller_of(context), page_from_proto(request.page), all_projects=request.all_projects
        )
        return pb.ListVolumesResponse(volumes=map(volume_to_proto, volumes))

    def DeleteVolume(
        self, request: pb.DeleteVolumeRequest, context: grpc.ServicerContext
    ) -> pb.DeleteVolumeResponse:
        self._volumes.delete_volume(caller_of(context), request.volume)
        return pb.DeleteVolumeResponse()

    def ExtendVolume(
        self, request: pb.ExtendVolumeRequest, context: grpc.ServicerContext
    ) -> pb.Volume:
        volume = self._service.growth.extend(
            caller_of(context), request.volume, request.size_gib, check_only=request.check_only
        )
        return volume_to_proto(volume)

    def UpdateVolume(
        self, request: pb.UpdateVolumeRequest, context: grpc.ServicerContext
    ) -> pb.Volume:
        changes = changes_from_proto(request)
        caller = caller_of(context)
        return volume_to_proto(self._service.changes.update(caller, request.volume, changes))

    def ResetVolumeStatus(
        self, request: pb.ResetVolumeStatusRequest, context: grpc.ServicerContext
    ) -> pb.Volume:
        volume = self._service.changes.reset_status(
            caller_of(context), request.volume, request.status
        )
        return volume_to_proto(volume)

    def GrowVolume(self, request: pb.GrowVolumeRequest, context: grpc.ServicerContext) -> pb.Volume:
        volume = self._attachments.grow_volume(
            caller_of(context), request.instance_id, request.attachment_id, request.size_gib
        )
        return volume_to_proto(volume)

    def BeginDetaching(
        self, request: pb.BeginDetachingRequest, context: grpc.ServicerContext
    ) -> pb.BeginDetachingResponse:
        self._attachments.begin_detaching(request.instance_id, request.attachment_id)
        return pb.BeginDetachingResponse()

    def ResolveVolumes(
        self, request: pb.ResolveVolumesRequest, context: grpc.ServicerContext
    ) -> pb.ResolveVolumesResponse:
        wanted = [volume_request_from_proto(volume) for volume in request.volumes]
        volumes = self._attachments.resolve_volumes(caller_of(context), wanted)
        return pb.ResolveVolumesResponse(volumes=map(volume_to_proto, volumes))

    def ReserveVolumes(
        self, request: pb.ReserveVolumesRequest, context: grpc.ServicerContext
    ) -> pb.ReserveVolumesResponse:
        wanted = [attachment_from_proto(attachment) for attachment in request.attachments]
        self._attachments.reserve_volumes(request.instance_id, wanted)
        return pb.ReserveVolumesResponse()

    def ConnectVolumes(
        self, request: pb.ConnectVolumesRequest, context: grpc.ServicerContext
    ) -> pb.ConnectVolumesResponse:
        wanted = [attachment_from_proto(attachment) for attachment in request.attachments]
        connections = self._attachments.connect_volumes(
            caller_of(context), request.instance_id, request.host, wanted
        )
        return pb.ConnectVolumesResponse(connections=map(connection_to_proto, connections))

    def ReleaseVolumes(
        self, request: pb.ReleaseVolumesRequest, context: grpc.ServicerContext
    ) -> pb.ReleaseVolumesResponse:
        self._attachments.release_volumes(
            caller_of(context),
            request.instance_id,
            tuple(request.attachment_ids),
            host=request.host or None,
        )
        return pb.ReleaseVolumesResponse()
