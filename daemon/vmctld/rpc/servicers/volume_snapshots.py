"""Snapshots and types of volumes over gRPC: a part of the volume service's servicer."""

from __future__ import annotations

import grpc

from vmctl.v1 import volume_pb2 as pb
from vmctld.rpc.caller import caller_of
from vmctld.volume.snapshots import Snapshots
from vmctld.volume.types import VolumeTypes
from vmctld.wire.convert.common import page_from_proto
from vmctld.wire.convert.volume import snapshot_to_proto, type_to_proto


class SnapshotsAndTypes:
    """The methods of ``vmctl.v1.VolumeService`` that are about snapshots and types."""

    def __init__(self, snapshots: Snapshots, types: VolumeTypes) -> None:
        self._snapshots = snapshots
        self._types = types

    def CreateVolumeSnapshot(
        self, request: pb.CreateVolumeSnapshotRequest, context: grpc.ServicerContext
    ) -> pb.VolumeSnapshot:
        snapshot = self._snapshots.create(
            caller_of(context),
            request.volume,
            name=request.name,
            description=request.description,
        )
        return snapshot_to_proto(snapshot)

    def GetVolumeSnapshot(
        self, request: pb.GetVolumeSnapshotRequest, context: grpc.ServicerContext
    ) -> pb.VolumeSnapshot:
        return snapshot_to_proto(self._snapshots.get(caller_of(context), request.snapshot))

    def ListVolumeSnapshots(
        self, request: pb.ListVolumeSnapshotsRequest, context: grpc.ServicerContext
    ) -> pb.ListVolumeSnapshotsResponse:
        found = self._snapshots.page(
            caller_of(context),
            page_from_proto(request.page),
            all_projects=request.all_projects,
            volume=request.volume,
        )
        return pb.ListVolumeSnapshotsResponse(snapshots=map(snapshot_to_proto, found))

    def DeleteVolumeSnapshot(
        self, request: pb.DeleteVolumeSnapshotRequest, context: grpc.ServicerContext
    ) -> pb.DeleteVolumeSnapshotResponse:
        self._snapshots.delete(caller_of(context), request.snapshot)
        return pb.DeleteVolumeSnapshotResponse()

    def CreateVolumeType(
        self, request: pb.CreateVolumeTypeRequest, context: grpc.ServicerContext
    ) -> pb.VolumeType:
        made = self._types.create(caller_of(context), request.name, request.description)
        return type_to_proto(made)

    def GetVolumeType(
        self, request: pb.GetVolumeTypeRequest, context: grpc.ServicerContext
    ) -> pb.VolumeType:
        return type_to_proto(self._types.get(request.volume_type))

    def ListVolumeTypes(
        self, request: pb.ListVolumeTypesRequest, context: grpc.ServicerContext
    ) -> pb.ListVolumeTypesResponse:
        return pb.ListVolumeTypesResponse(volume_types=map(type_to_proto, self._types.all()))

    def DeleteVolumeType(
        self, request: pb.DeleteVolumeTypeRequest, context: grpc.ServicerContext
    ) -> pb.DeleteVolumeTypeResponse:
        self._types.delete(caller_of(context), request.volume_type)
        return pb.DeleteVolumeTypeResponse()
