"""Images on the wire."""

from __future__ import annotations

from vmctl.v1 import image_pb2 as pb
from vmctld.domain.image import (
    DiskFormat,
    Image,
    ImageChanges,
    ImageDescription,
    ImageStatus,
    Visibility,
)
from vmctld.wire.convert.common import time_from_proto, time_to_proto


def image_to_proto(image: Image) -> pb.Image:
    """Return ``image`` as a message."""
    return pb.Image(
        id=image.id,
        name=image.name,
        project_id=image.project_id,
        status=image.status.value,
        disk_format=image.disk_format.value if image.disk_format else "",
        size_bytes=image.size_bytes,
        virtual_size_bytes=image.virtual_size_bytes,
        sha256=image.sha256 or "",
        min_disk_gib=image.min_disk_gib,
        min_ram_mib=image.min_ram_mib,
        visibility=image.visibility.value,
        protected=image.protected,
        properties=image.properties,
        created_at=time_to_proto(image.created_at),
        updated_at=time_to_proto(image.updated_at),
    )


def image_from_proto(message: pb.Image) -> Image:
    """Return the image that ``message`` describes."""
    has_size, has_virtual = message.HasField("size_bytes"), message.HasField("virtual_size_bytes")
    return Image(
        id=message.id,
        name=message.name,
        project_id=message.project_id,
        status=ImageStatus(message.status),
        disk_format=DiskFormat(message.disk_format) if message.disk_format else None,
        size_bytes=message.size_bytes if has_size else None,
        virtual_size_bytes=message.virtual_size_bytes if has_virtual else None,
        sha256=message.sha256 or None,
        min_disk_gib=message.min_disk_gib,
        min_ram_mib=message.min_ram_mib,
        visibility=Visibility(message.visibility),
        protected=message.protected,
        properties=dict(message.properties),
        created_at=time_from_proto(message.created_at),
        updated_at=time_from_proto(message.updated_at),
    )


def description_to_proto(description: ImageDescription) -> pb.ImageDescription:
    """Return what an image shall be, as a message."""
    return pb.ImageDescription(
        name=description.name,
        disk_format=description.disk_format,
        min_disk_gib=description.min_disk_gib,
        min_ram_mib=description.min_ram_mib,
        visibility=description.visibility,
        protected=description.protected,
        properties=description.properties,
        size_bytes=description.size_bytes,
        image_id=description.image_id,
    )


def description_from_proto(message: pb.ImageDescription) -> ImageDescription:
    """Return what an image shall be."""
    return ImageDescription(
        name=message.name,
        disk_format=message.disk_format,
        min_disk_gib=message.min_disk_gib,
        min_ram_mib=message.min_ram_mib,
        visibility=message.visibility,
        protected=message.protected,
        properties=dict(message.properties),
        size_bytes=message.size_bytes if message.HasField("size_bytes") else None,
        image_id=message.image_id,
    )


def image_changes_from_proto(message: pb.UpdateImageRequest) -> ImageChanges:
    """Return what shall be different; a field that is not there changes nothing."""
    return ImageChanges(
        name=message.name if message.HasField("name") else None,
        min_disk_gib=message.min_disk_gib if message.HasField("min_disk_gib") else None,
        min_ram_mib=message.min_ram_mib if message.HasField("min_ram_mib") else None,
        visibility=message.visibility if message.HasField("visibility") else None,
        protected=message.protected if message.HasField("protected") else None,
        set_properties=dict(message.set_properties),
        unset_properties=tuple(message.unset_properties),
    )
