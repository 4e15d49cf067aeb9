"""Volumes and their attachments."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Column, Field, SQLModel, Text, UniqueConstraint

from vmctld.storage.columns import utc_column


class VolumeRow(SQLModel, table=True):
    """Block storage that outlives an instance."""

    __tablename__ = "volumes"

    id: str = Field(primary_key=True)
    name: str = Field(index=True)
    project_id: str = Field(index=True)
    size_gib: int
    status: str
    bootable: bool
    image_id: str | None
    status_reason: str | None = Field(sa_column=Column(Text, nullable=True))
    created_at: datetime = Field(sa_column=utc_column())
    updated_at: datetime = Field(sa_column=utc_column())
    description: str
    volume_type: str
    snapshot_id: str | None
    source_volume_id: str | None
    read_only: bool


class VolumeSnapshotRow(SQLModel, table=True):
    """What was on a volume at one moment."""

    __tablename__ = "volume_snapshots"

    id: str = Field(primary_key=True)
    name: str
    description: str
    project_id: str = Field(index=True)
    volume_id: str = Field(index=True)
    size_gib: int
    status: str
    status_reason: str | None = Field(sa_column=Column(Text, nullable=True))
    created_at: datetime = Field(sa_column=utc_column())
    updated_at: datetime = Field(sa_column=utc_column())


class VolumeTypeRow(SQLModel, table=True):
    """A kind of storage that volumes can be on."""

    __tablename__ = "volume_types"

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    description: str
    created_at: datetime = Field(sa_column=utc_column())


class AttachmentRow(SQLModel, table=True):
    """``volume_id`` belongs to ``instance_id`` for now.  One per volume: the key says so."""

    __tablename__ = "attachments"
    __table_args__ = (UniqueConstraint("volume_id"),)

    id: str = Field(primary_key=True)
    volume_id: str = Field(foreign_key="volumes.id")
    instance_id: str = Field(index=True)
    host: str | None
    status: str  # reserved, attached
    created_at: datetime = Field(sa_column=utc_column())
    updated_at: datetime = Field(sa_column=utc_column())
