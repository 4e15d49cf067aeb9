"""The volume service, as the compute parts ask it (steps 25-27)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import grpc

from vmctl.v1 import volume_pb2 as pb
from vmctl.v1.volume_pb2_grpc import VolumeServiceStub
from vmctld.clients.base import ServiceClient, TokenSource
from vmctld.compute.agent.ports import Served
from vmctld.domain.instance import VolumePlan
from vmctld.domain.volume import AttachmentRequest, Volume, VolumeConnection, VolumeRequest
from vmctld.wire.convert.volume import (
    attachment_to_proto,
    connection_from_proto,
    volume_from_proto,
    volume_request_to_proto,
)


class VolumeClient(ServiceClient):
    """Asks which volumes a boot means; reserves, connects and gives them back."""

    def __init__(self, channel: grpc.Channel, token: TokenSource | None = None) -> None:
        super().__init__(token)
        self._stub = VolumeServiceStub(channel)

    def resolve_volumes(self, requests: Sequence[VolumeRequest]) -> tuple[Volume, ...]:
        """Return the volumes that a boot request means, all available, with the user's token."""
        request = pb.ResolveVolumesRequest(volumes=map(volume_request_to_proto, requests))
        answer = self._call(self._stub.ResolveVolumes, request)
        return tuple(map(volume_from_proto, answer.volumes))

    def reserve_volumes(self, instance_id: str, plans: Sequence[VolumePlan]) -> None:
        """Keep all of the volumes for an instance, or none of them."""
        request = pb.ReserveVolumesRequest(instance_id=instance_id, attachments=_attachments(plans))
        self._call(self._stub.ReserveVolumes, request)

    def connect_volumes(
        self, instance_id: str, host: str, volumes: Sequence[VolumePlan]
    ) -> Served[tuple[VolumeConnection, ...]]:
        """Attach an instance's volumes, with the build token, and return how to reach them."""
        request = pb.ConnectVolumesRequest(
            instance_id=instance_id, host=host, attachments=_attachments(volumes)
        )
        answer, validated = self._call_timed(self._stub.ConnectVolumes, request)
        return Served(tuple(map(connection_from_proto, answer.connections)), validated)

    def release_volumes(
        self, instance_id: str, attachment_ids: Sequence[str] = (), *, host: str = ""
    ) -> None:
        """End an instance's attachments, all or some, from any or one host; absent is fine."""
        request = pb.ReleaseVolumesRequest(
            instance_id=instance_id, attachment_ids=attachment_ids, host=host
        )
        self._call(self._stub.ReleaseVolumes, request)

    def begin_detaching(self, instance_id: str, attachment_id: str) -> None:
        """Have the volume say that it is on its way from its instance; absent is fine."""
        request = pb.BeginDetachingRequest(instance_id=instance_id, attachment_id=attachment_id)
        self._call(self._stub.BeginDetaching, request)

    def get_volume(self, volume: str) -> Volume:
        """Return the volume of that name or id, with the user's token."""
        return volume_from_proto(
            self._call(self._stub.GetVolume, pb.GetVolumeRequest(volume=volume))
        )

    def check_growth(self, volume: str, size_gib: int) -> Volume:
        """Return the volume if it may have that size, with the user's token."""
        request = pb.ExtendVolumeRequest(volume=volume, size_gib=size_gib, check_only=True)
        return volume_from_proto(self._call(self._stub.ExtendVolume, request))

    def grow_volume(self, instance_id: str, attachment_id: str, size_gib: int) -> None:
        """Have an attached volume's record, and its file if it is closed, say the new size."""
        request = pb.GrowVolumeRequest(
            instance_id=instance_id, attachment_id=attachment_id, size_gib=size_gib
        )
        self._call(self._stub.GrowVolume, request)

    def delete_volume(self, volume_id: str) -> None:
        """Delete a volume that nobody uses; raises NotFound, WrongState (``volume-in-use``)."""
        self._call(self._stub.DeleteVolume, pb.DeleteVolumeRequest(volume=volume_id))


def _attachments(plans: Iterable[VolumePlan]) -> list[pb.AttachmentRequest]:
    return [
        attachment_to_proto(AttachmentRequest(plan.attachment_id, plan.volume_id)) for plan in plans
    ]
