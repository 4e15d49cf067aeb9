"""Volumes: disks that outlive servers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from vmctl.v1 import volume_pb2 as pb
from vmctl.v1.common_pb2 import Page
from vmctl.v1.volume_pb2_grpc import VolumeServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.pages import all_of
from vmctl_cli.client.values import or_none, time_of


@dataclass(frozen=True, slots=True)
class Volume:
    """One volume, every field of it."""

    id: str
    name: str | None
    project_id: str
    size_gib: int
    status: str
    bootable: bool
    image_id: str | None
    attachment_id: str | None
    instance_id: str | None
    created_at: str | None
    updated_at: str | None
    status_reason: str | None


class Volumes:
    """The volume service."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> VolumeServiceStub:
        return VolumeServiceStub(self._calls.channel)

    def create(self, size_gib: int, *, name: str, image: str) -> Volume:
        """Make a volume, filled from an image if one is named."""
        request = pb.CreateVolumeRequest(size_gib=size_gib, name=name, image=image)
        return _volume(self._calls.unary(self._stub.CreateVolume, request))

    def get(self, volume: str) -> Volume:
        """Return the volume of that name or id."""
        request = pb.GetVolumeRequest(volume=volume)
        return _volume(self._calls.unary(self._stub.GetVolume, request, repeatable=True))

    def list(self, *, all_projects: bool = False) -> Iterator[Volume]:
        """Return the volumes, sorted by name."""

        def fetch(page: Page) -> list[pb.Volume]:
            request = pb.ListVolumesRequest(page=page, all_projects=all_projects)
            return [*self._calls.unary(self._stub.ListVolumes, request, repeatable=True).volumes]

        yield from map(_volume, all_of(fetch, lambda volume: volume.id))

    def delete(self, volume: str) -> None:
        """Delete a volume and what is on it."""
        self._calls.unary(self._stub.DeleteVolume, pb.DeleteVolumeRequest(volume=volume))


def _volume(message: pb.Volume) -> Volume:
    return Volume(
        id=message.id,
        name=or_none(message.name),
        project_id=message.project_id,
        size_gib=message.size_gib,
        status=message.status,
        bootable=message.bootable,
        image_id=or_none(message.image_id),
        attachment_id=or_none(message.attachment_id),
        instance_id=or_none(message.instance_id),
        created_at=time_of(message, "created_at"),
        updated_at=time_of(message, "updated_at"),
        status_reason=or_none(message.status_reason),
    )
