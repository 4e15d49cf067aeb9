"""Types of volumes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from vmctl.v1 import volume_pb2 as pb
from vmctl.v1.volume_pb2_grpc import VolumeServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.values import or_none, time_of


@dataclass(frozen=True, slots=True)
class VolumeType:
    """One type, every field of it."""

    id: str
    name: str
    description: str | None
    is_default: bool
    created_at: str | None


class VolumeTypes:
    """The volume service's types."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> VolumeServiceStub:
        return VolumeServiceStub(self._calls.channel)

    def create(self, name: str, description: str = "") -> VolumeType:
        """Make a type."""
        request = pb.CreateVolumeTypeRequest(name=name, description=description)
        return _type(self._calls.unary(self._stub.CreateVolumeType, request))

    def get(self, volume_type: str) -> VolumeType:
        """Return the type of that name or id."""
        request = pb.GetVolumeTypeRequest(volume_type=volume_type)
        return _type(self._calls.unary(self._stub.GetVolumeType, request, repeatable=True))

    def list(self) -> list[VolumeType]:
        """Return the types, sorted by name."""
        request = pb.ListVolumeTypesRequest()
        answer = self._calls.unary(self._stub.ListVolumeTypes, request, repeatable=True)
        return [_type(one) for one in answer.volume_types]

    def delete(self, volume_type: str) -> None:
        """Delete a type that no volume has."""
        request = pb.DeleteVolumeTypeRequest(volume_type=volume_type)
        self._calls.unary(self._stub.DeleteVolumeType, request)


def _type(message: pb.VolumeType) -> VolumeType:
    return VolumeType(
        id=message.id,
        name=message.name,
        description=or_none(message.description),
        is_default=message.is_default,
        created_at=time_of(message, "created_at"),
    )
