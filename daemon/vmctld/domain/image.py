"""Images: virtual disks and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
