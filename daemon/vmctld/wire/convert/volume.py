"""Volumes on the wire."""

from __future__ import annotations

from vmctl.v1 import compute_pb2
from vmctl.v1 import volume_pb2 as pb
from vmctld.domain.volume import (
    AttachmentRequest,
    Volume,
    VolumeChanges,
    VolumeConnection,
    VolumeDraft,
    VolumeRequest,
    VolumeSnapshot,
    VolumeStatus,
    VolumeType,
)
from vmctld.wire.convert.common import time_from_proto, time_to_proto


def volume_to_proto(volume: Volume) -> pb.Volume:
    """Return ``volume`` as a message."""
    return pb.Volume(
        id=volume.id,
        name=volume.name,
        project_id=volume.project_id,
        size_gib=volume.size_gib,
        status=volume.status.value,
        bootable=volume.bootable,
        image_id=volume.image_id or "",
        attachment_id=volume.attachment_id or "",
        instance_id=volume.instance_id or "",
        created_at=time_to_proto(volume.created_at),
        updated_at=time_to_proto(volume.updated_at),
        status_reason=volume.status_reason or "",
        description=volume.description,
        volume_type=volume.volume_type,
        snapshot_id=volume.snapshot_id or "",
        source_volume_id=volume.source_volume_id or "",
        read_only=volume.read_only,
    )


def volume_from_proto(message: pb.Volume) -> Volume:
    """Return the volume that ``message`` describes."""
    return Volume(
        id=message.id,
        name=message.name,
        project_id=message.project_id,
        size_gib=message.size_gib,
        status=VolumeStatus(message.status),
        bootable=message.bootable,
        image_id=message.image_id or None,
        attachment_id=message.attachment_id or None,
        instance_id=message.instance_id or None,
        created_at=time_from_proto(message.created_at),
        updated_at=time_from_proto(message.updated_at),
        status_reason=message.status_reason or None,
        description=message.description,
        volume_type=message.volume_type,
        snapshot_id=message.snapshot_id or None,
        source_volume_id=message.source_volume_id or None,
        read_only=message.read_only,
    )


def draft_from_proto(message: pb.CreateVolumeRequest) -> VolumeDraft:
    """Return the volume that ``message`` asks for."""
    return VolumeDraft(
        size_gib=message.size_gib,
        name=message.name,
        description=message.description,
        volume_type=message.volume_type,
        image=message.image,
        snapshot=message.snapshot,
        source_volume=message.source_volume,
    )


def changes_from_proto(message: pb.UpdateVolumeRequest) -> VolumeChanges:
    """Return what ``message`` wants to be different."""
    return VolumeChanges(
        name=message.name if message.HasField("name") else None,
        description=message.description if message.HasField("description") else None,
        bootable=message.bootable if message.HasField("bootable") else None,
        read_only=message.read_only if message.HasField("read_only") else None,
    )


def snapshot_to_proto(snapshot: VolumeSnapshot) -> pb.VolumeSnapshot:
    """Return ``snapshot`` as a message."""
    return pb.VolumeSnapshot(
        id=snapshot.id,
        name=snapshot.name,
        description=snapshot.description,
        project_id=snapshot.project_id,
        volume_id=snapshot.volume_id,
        size_gib=snapshot.size_gib,
        status=snapshot.status.value,
        status_reason=snapshot.status_reason or "",
        created_at=time_to_proto(snapshot.created_at),
        updated_at=time_to_proto(snapshot.updated_at),
    )


def type_to_proto(volume_type: VolumeType) -> pb.VolumeType:
    """Return ``volume_type`` as a message."""
    return pb.VolumeType(
        id=volume_type.id,
        name=volume_type.name,
        description=volume_type.description,
        is_default=volume_type.is_default,
        created_at=time_to_proto(volume_type.created_at),
    )


def volume_request_to_proto(request: VolumeRequest) -> compute_pb2.VolumeRequest:
    """Return ``request`` as a message."""
    return compute_pb2.VolumeRequest(
        volume=request.volume,
        boot_index=request.boot_index,
        delete_on_termination=request.delete_on_termination,
    )


def volume_request_from_proto(message: compute_pb2.VolumeRequest) -> VolumeRequest:
    """Return the volume that ``message`` asks for."""
    return VolumeRequest(
        volume=message.volume,
        boot_index=message.boot_index if message.HasField("boot_index") else None,
        delete_on_termination=message.delete_on_termination,
    )


def attachment_to_proto(request: AttachmentRequest) -> pb.AttachmentRequest:
    """Return ``request`` as a message."""
    return pb.AttachmentRequest(attachment_id=request.attachment_id, volume_id=request.volume_id)


def attachment_from_proto(message: pb.AttachmentRequest) -> AttachmentRequest:
    """Return the attachment that ``message`` asks for."""
    return AttachmentRequest(message.attachment_id, message.volume_id)


def connection_to_proto(connection: VolumeConnection) -> pb.VolumeConnection:
    """Return ``connection`` as a message."""
    return pb.VolumeConnection(
        attachment_id=connection.attachment_id,
        volume_id=connection.volume_id,
        kind=connection.kind,
        path=connection.path,
        disk_format=connection.disk_format,
        size_bytes=connection.size_bytes,
        read_only=connection.read_only,
    )


def connection_from_proto(message: pb.VolumeConnection) -> VolumeConnection:
    """Return the connection that ``message`` describes."""
    return VolumeConnection(
        attachment_id=message.attachment_id,
        volume_id=message.volume_id,
        kind=message.kind,
        path=message.path,
        disk_format=message.disk_format,
        size_bytes=message.size_bytes,
        read_only=message.read_only,
    )
