"""Images of servers' disks over gRPC: asks the api, converts what it says."""

from __future__ import annotations

from dataclasses import dataclass

import grpc

from vmctl.v1 import compute_pb2
from vmctl.v1 import snapshots_pb2 as pb
from vmctl.v1.snapshots_pb2_grpc import SnapshotServiceServicer
from vmctld.compute.api.actions import Actions, Ask
from vmctld.compute.api.snapshots import Snapshots
from vmctld.compute.api.unshelving import Unshelving
from vmctld.domain.instance import Instance
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.instance import instance_to_proto


@dataclass(frozen=True, slots=True)
class SnapshotApi:
    """The rooms of the compute api that make images of servers, and servers of them again."""

    actions: Actions
    snapshots: Snapshots
    unshelving: Unshelving


class SnapshotServicer(SnapshotServiceServicer):
    """Serves ``vmctl.v1.SnapshotService``."""

    def __init__(self, api: SnapshotApi) -> None:
        self._api = api

    def SnapshotInstance(
        self, request: pb.SnapshotInstanceRequest, context: grpc.ServicerContext
    ) -> pb.SnapshotInstanceResponse:
        begun, image_id = self._api.snapshots.snapshot(
            caller_of(context), request.instance, request.name, request.metadata
        )
        return pb.SnapshotInstanceResponse(image_id=image_id, instance=_shown(begun, context))

    def BackupInstance(
        self, request: pb.BackupInstanceRequest, context: grpc.ServicerContext
    ) -> pb.SnapshotInstanceResponse:
        begun, image_id = self._api.snapshots.backup(
            caller_of(context),
            request.instance,
            request.name,
            request.backup_type,
            request.rotation,
        )
        return pb.SnapshotInstanceResponse(image_id=image_id, instance=_shown(begun, context))

    def ShelveInstance(
        self, request: pb.ShelveInstanceRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        begun = self._api.snapshots.shelve(caller_of(context), request.instance)
        return _shown(begun, context)

    def OffloadInstance(
        self, request: pb.ShelveInstanceRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        ask = Ask("shelveOffload")
        return _shown(self._api.actions.begin(caller_of(context), request.instance, ask), context)

    def UnshelveInstance(
        self, request: pb.UnshelveInstanceRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        begun = self._api.unshelving.unshelve(
            caller_of(context), request.instance, request.availability_zone
        )
        return _shown(begun, context)


def _shown(instance: Instance, context: grpc.ServicerContext) -> compute_pb2.Instance:
    return instance_to_proto(instance, for_admin=caller_of(context).is_admin)
