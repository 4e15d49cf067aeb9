"""Volumes: block storage that outlives an instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class VolumeStatus(StrEnum):
    """Cinder's states, as far as this service has them."""

    CREATING = "creating"
    AVAILABLE = "available"
    RESERVED = "reserved"
    ATTACHING = "attaching"
    IN_USE = "in-use"
    DETACHING = "detaching"
    DELETING = "deleting"
    ERROR = "error"


# The legal moves: a volume comes to a state from one of these.  ATTACHING and DETACHING are
# for drivers that take their time; a file is attached at once.
COMES_FROM: Mapping[VolumeStatus, frozenset[VolumeStatus]] = MappingProxyType(
    {
        VolumeStatus.AVAILABLE: frozenset(
            {VolumeStatus.CREATING, VolumeStatus.RESERVED, VolumeStatus.IN_USE}
        ),
        VolumeStatus.RESERVED: frozenset({VolumeStatus.AVAILABLE}),
        VolumeStatus.IN_USE: frozenset({VolumeStatus.RESERVED, VolumeStatus.IN_USE}),
        VolumeStatus.ERROR: frozenset({VolumeStatus.CREATING}),
        VolumeStatus.DELETING: frozenset(  # again, when the first time was broken off
            {VolumeStatus.AVAILABLE, VolumeStatus.ERROR, VolumeStatus.DELETING}
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Volume:
    """One volume.  ``image_id`` names the image it was filled from, if any."""

    id: str
    name: str
    project_id: str
    size_gib: int
    status: VolumeStatus
    bootable: bool
    image_id: str | None
    attachment_id: str | None
    instance_id: str | None
    created_at: datetime
    updated_at: datetime
    status_reason: str | None = None  # why it is in ERROR


@dataclass(frozen=True, slots=True)
class VolumeRequest:
    """One volume that a boot asks for.  ``boot_index`` 0: the machine boots from it."""

    volume: str  # name or id
    boot_index: int | None = None
    delete_on_termination: bool = False


@dataclass(frozen=True, slots=True)
class AttachmentRequest:
    """One volume for one instance; the attachment's id was drawn when the boot was accepted."""

    attachment_id: str
    volume_id: str


@dataclass(frozen=True, slots=True)
class VolumeConnection:
    """How a host reaches an attached volume (step 27).

    The attachment id is part of it, and disconnecting goes by that id alone: a stale
    connection can never reach the volume's next owner.
    """

    attachment_id: str
    volume_id: str
    kind: str  # "file"
    path: str
    disk_format: str
    size_bytes: int
    read_only: bool
