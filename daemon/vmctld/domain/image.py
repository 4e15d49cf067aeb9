"""Images: virtual disks and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ImageStatus(StrEnum):
    """Glance's states, as far as this store has them."""

    QUEUED = "queued"
    SAVING = "saving"
    ACTIVE = "active"
    KILLED = "killed"
    DELETED = "deleted"


class DiskFormat(StrEnum):
    """How the bytes of a disk are laid out."""

    QCOW2 = "qcow2"
    RAW = "raw"


class Visibility(StrEnum):
    """Who sees an image."""

    PRIVATE = "private"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Image:
    """One image.  ``size_bytes`` and ``sha256`` are of the stored file, None until it is there."""

    id: str
    name: str
    project_id: str
    status: ImageStatus
    disk_format: DiskFormat | None
    size_bytes: int | None
    virtual_size_bytes: int | None
    sha256: str | None
    min_disk_gib: int
    min_ram_mib: int
    visibility: Visibility
    protected: bool
    properties: Mapping[str, str]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ImageDescription:
    """What an image that is about to be uploaded shall be."""

    name: str
    disk_format: str = ""  # empty: the bytes say
    min_disk_gib: int = 0
    min_ram_mib: int = 0
    visibility: str = Visibility.PRIVATE
    protected: bool = False
    properties: Mapping[str, str] = field(default_factory=dict)
    size_bytes: int | None = None  # how many bytes will come, if known
    image_id: str = ""  # the queued image whose bytes they are; empty: a new one's


@dataclass(frozen=True, slots=True)
class ImageChanges:
    """What shall be different about an image; None leaves it as it is."""

    name: str | None = None
    min_disk_gib: int | None = None
    min_ram_mib: int | None = None
    visibility: str | None = None
    protected: bool | None = None
    set_properties: Mapping[str, str] = field(default_factory=dict)
    unset_properties: tuple[str, ...] = ()
