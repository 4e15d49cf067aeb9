"""Images."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import BigInteger, Column, Field, SQLModel

from vmctld.storage.columns import json_column, utc_column


class ImageRow(SQLModel, table=True):
    """A virtual disk in the store; its file is named by its id."""

    __tablename__ = "images"

    id: str = Field(primary_key=True)
    name: str = Field(index=True)
    project_id: str = Field(index=True)
    status: str
    disk_format: str | None
    size_bytes: int | None = Field(sa_column=Column(BigInteger))
    virtual_size_bytes: int | None = Field(sa_column=Column(BigInteger))
    sha256: str | None
    min_disk_gib: int
    min_ram_mib: int
    visibility: str
    protected: bool
    properties: dict[str, str] = Field(sa_column=json_column())
    created_at: datetime = Field(sa_column=utc_column())
    updated_at: datetime = Field(sa_column=utc_column())
