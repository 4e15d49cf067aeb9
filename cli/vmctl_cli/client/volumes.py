"""Volumes: disks that outlive servers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from vmctl.v1 import volume_pb2 as pb
from vmctl.v1.common_pb2 import Page
from vmctl.v1.volume_pb2_grpc import VolumeServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.pages import all_of
from vmctl_cli.client.values import or_none, time_of

if TYPE_CHECKING:
    from vmctl_cli.client.volume_snapshots import VolumeSnapshots
    from vmctl_cli.client.volume_types import VolumeTypes


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
    description: str | None
    volume_type: str | None
    snapshot_id: str | None
    source_volume_id: str | None
    read_only: bool


class Volumes:
    """The volume service."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> VolumeServiceStub:
        return VolumeServiceStub(self._calls.channel)

    @property
    def snapshots(self) -> VolumeSnapshots:
        """Snapshots of volumes."""
        from vmctl_cli.client.volume_snapshots import VolumeSnapshots

        return VolumeSnapshots(self._calls)

    @property
    def types(self) -> VolumeTypes:
        """Types of volumes."""
        from vmctl_cli.client.volume_types import VolumeTypes

        return VolumeTypes(self._calls)

    def create(
        self,
        size_gib: int,
        *,
        name: str,
        image: str,
        snapshot: str = "",
        source: str = "",
        description: str = "",
        volume_type: str = "",
    ) -> Volume:
        """Make a volume, filled from an image, a snapshot or a volume if one is named."""
        request = pb.CreateVolumeRequest(
            size_gib=size_gib,
            name=name,
            image=image,
            snapshot=snapshot,
            source_volume=source,
            description=description,
            volume_type=volume_type,
        )
        return _volume(self._calls.unary(self._stub.CreateVolume, request))

    def extend(self, volume: str, size_gib: int) -> Volume:
        """Make a volume larger that no server has."""
        request = pb.ExtendVolumeRequest(volume=volume, size_gib=size_gib)
        return _volume(self._calls.unary(self._stub.ExtendVolume, request))

    def update(
        self,
        volume: str,
        *,
        name: str | None = None,
        description: str | None = None,
        bootable: bool | None = None,
        read_only: bool | None = None,
    ) -> Volume:
        """Change what a volume says of itself."""
        request = pb.UpdateVolumeRequest(
            volume=volume,
            name=name,
            description=description,
            bootable=bootable,
            read_only=read_only,
        )
        return _volume(self._calls.unary(self._stub.UpdateVolume, request, repeatable=True))

    def reset_status(self, volume: str, status: str) -> Volume:
        """Set a status by hand."""
        request = pb.ResetVolumeStatusRequest(volume=volume, status=status)
        return _volume(self._calls.unary(self._stub.ResetVolumeStatus, request, repeatable=True))

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
        description=or_none(message.description),
        volume_type=or_none(message.volume_type),
        snapshot_id=or_none(message.snapshot_id),
        source_volume_id=or_none(message.source_volume_id),
        read_only=message.read_only,
    )
