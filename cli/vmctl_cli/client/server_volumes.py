"""Volumes of servers: attached, detached, extended while they are in use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from vmctl.v1 import instance_volumes_pb2 as pb
from vmctl.v1.instance_volumes_pb2_grpc import InstanceVolumeServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.server_records import (
    AttachedVolume,
    Server,
    server_from,
    volume_from,
)

SERIAL_CHARS = 20  # what a virtio disk has room for


@dataclass(frozen=True, slots=True)
class Attachment:
    """One volume of a server.  ``serial`` is what the guest sees in /sys/block/*/serial."""

    id: str  # the volume's, as nova has it
    volume_id: str
    server_id: str
    attachment_id: str
    serial: str
    boot_index: int | None
    delete_on_termination: bool


def attachment_of(server_id: str, volume: AttachedVolume) -> Attachment:
    """Return how a server has a volume."""
    return Attachment(
        id=volume.volume_id,
        volume_id=volume.volume_id,
        server_id=server_id,
        attachment_id=volume.attachment_id,
        serial=volume.volume_id[:SERIAL_CHARS],
        boot_index=volume.boot_index,
        delete_on_termination=volume.delete_on_termination,
    )


class ServerVolumes:
    """The volumes of servers; every request may be sent again."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> InstanceVolumeServiceStub:
        return InstanceVolumeServiceStub(self._calls.channel)

    def attach(
        self, server: str, volume: str, *, delete_on_termination: bool
    ) -> tuple[Server, Attachment]:
        """Give a server a volume; return both as they are now."""
        request = pb.AttachVolumeRequest(
            instance=server, volume=volume, delete_on_termination=delete_on_termination
        )
        answer = self._calls.unary(self._stub.AttachVolume, request, patient=True)
        return server_from(answer.instance), attachment_of(
            answer.instance.id, volume_from(answer.volume)
        )

    def detach(self, server: str, volume: str, *, force: bool) -> Server:
        """Take a volume from a server."""
        request = pb.DetachVolumeRequest(instance=server, volume=volume, force=force)
        return server_from(self._calls.unary(self._stub.DetachVolume, request, patient=True))

    def extend(self, volume: str, size_gib: int) -> Server:
        """Make a volume larger that a server has."""
        request = pb.ExtendAttachedVolumeRequest(volume=volume, size_gib=size_gib)
        answer = self._calls.unary(self._stub.ExtendAttachedVolume, request, patient=True)
        return server_from(answer)
