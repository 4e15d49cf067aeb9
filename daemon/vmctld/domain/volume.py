"""Volumes: block storage that outlives an instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

GIB = 1024**3
DEFAULT_TYPE = "__DEFAULT__"  # cinder's name of it


class VolumeStatus(StrEnum):
    """Cinder's states, as far as this service has them."""

    CREATING = "creating"
    AVAILABLE = "available"
    RESERVED = "reserved"
    ATTACHING = "attaching"
    IN_USE = "in-use"
    DETACHING = "detaching"
    MAINTENANCE = "maintenance"  # something is made from it, or of it
    DELETING = "deleting"
    ERROR = "error"


# The legal moves: a volume comes to a state from one of these.  ATTACHING is for backends that
# take their time; a file is attached at once.
COMES_FROM: Mapping[VolumeStatus, frozenset[VolumeStatus]] = MappingProxyType(
    {
        VolumeStatus.AVAILABLE: frozenset(
            {
                VolumeStatus.CREATING,
                VolumeStatus.RESERVED,
                VolumeStatus.IN_USE,
                VolumeStatus.DETACHING,
                VolumeStatus.MAINTENANCE,
            }
        ),
        VolumeStatus.RESERVED: frozenset({VolumeStatus.AVAILABLE}),
        VolumeStatus.IN_USE: frozenset(
            {VolumeStatus.RESERVED, VolumeStatus.IN_USE, VolumeStatus.DETACHING}
        ),
        VolumeStatus.DETACHING: frozenset({VolumeStatus.IN_USE, VolumeStatus.DETACHING}),
        VolumeStatus.MAINTENANCE: frozenset({VolumeStatus.AVAILABLE}),
        VolumeStatus.ERROR: frozenset({VolumeStatus.CREATING}),
        VolumeStatus.DELETING: frozenset(  # again, when the first time was broken off
            {VolumeStatus.AVAILABLE, VolumeStatus.ERROR, VolumeStatus.DELETING}
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Volume:
    """One volume.  ``image_id``, ``snapshot_id`` or ``source_volume_id`` is what filled it."""

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
    description: str = ""
    volume_type: str = DEFAULT_TYPE
    snapshot_id: str | None = None
    source_volume_id: str | None = None
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class VolumeDraft:
    """A volume that is asked for.  At most one of image, snapshot and volume fills it."""

    size_gib: int = 0  # 0: as large as the snapshot or volume that fills it
    name: str = ""
    description: str = ""
    volume_type: str = ""  # name or id; empty: the default one
    image: str = ""
    snapshot: str = ""
    source_volume: str = ""


@dataclass(frozen=True, slots=True)
class VolumeChanges:
    """What shall be different about a volume; None leaves it as it is."""

    name: str | None = None
    description: str | None = None
    bootable: bool | None = None
    read_only: bool | None = None


class SnapshotStatus(StrEnum):
    """Cinder's states of a snapshot."""

    CREATING = "creating"
    AVAILABLE = "available"
    DELETING = "deleting"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class VolumeSnapshot:
    """What was on a volume at one moment, in a file of its own."""

    id: str
    name: str
    description: str
    project_id: str
    volume_id: str
    size_gib: int
    status: SnapshotStatus
    created_at: datetime
    updated_at: datetime
    status_reason: str | None = None  # why it is in ERROR


@dataclass(frozen=True, slots=True)
class VolumeType:
    """A kind of storage that volumes can be on."""

    id: str
    name: str
    description: str
    created_at: datetime

    @property
    def is_default(self) -> bool:
        """True for what a volume gets that asks for none."""
        return self.name == DEFAULT_TYPE


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
