"""Snapshots of volumes."""

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
class VolumeSnapshot:
    """One snapshot, every field of it."""

    id: str
    name: str | None
    description: str | None
    project_id: str
    volume_id: str
    size_gib: int
    status: str
    status_reason: str | None
    created_at: str | None
    updated_at: str | None


class VolumeSnapshots:
    """The volume service's snapshots."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> VolumeServiceStub:
        return VolumeServiceStub(self._calls.channel)

    def create(self, volume: str, *, name: str = "", description: str = "") -> VolumeSnapshot:
        """Keep what is on a volume now."""
        request = pb.CreateVolumeSnapshotRequest(volume=volume, name=name, description=description)
        return _snapshot(self._calls.unary(self._stub.CreateVolumeSnapshot, request))

    def get(self, snapshot: str) -> VolumeSnapshot:
        """Return the snapshot of that name or id."""
        request = pb.GetVolumeSnapshotRequest(snapshot=snapshot)
        call = self._stub.GetVolumeSnapshot
        return _snapshot(self._calls.unary(call, request, repeatable=True))

    def list(self, *, volume: str = "", all_projects: bool = False) -> Iterator[VolumeSnapshot]:
        """Return the snapshots, sorted by name; those of one volume if it is named."""

        def fetch(page: Page) -> list[pb.VolumeSnapshot]:
            request = pb.ListVolumeSnapshotsRequest(
                page=page, volume=volume, all_projects=all_projects
            )
            call = self._stub.ListVolumeSnapshots
            return [*self._calls.unary(call, request, repeatable=True).snapshots]

        yield from map(_snapshot, all_of(fetch, lambda snapshot: snapshot.id))

    def delete(self, snapshot: str) -> None:
        """Delete a snapshot; volumes made from it stay."""
        request = pb.DeleteVolumeSnapshotRequest(snapshot=snapshot)
        self._calls.unary(self._stub.DeleteVolumeSnapshot, request)


def _snapshot(message: pb.VolumeSnapshot) -> VolumeSnapshot:
    return VolumeSnapshot(
        id=message.id,
        name=or_none(message.name),
        description=or_none(message.description),
        project_id=message.project_id,
        volume_id=message.volume_id,
        size_gib=message.size_gib,
        status=message.status,
        status_reason=or_none(message.status_reason),
        created_at=time_of(message, "created_at"),
        updated_at=time_of(message, "updated_at"),
    )
