"""What operators say about where instances go, and what instances used over time."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, Index, SQLModel

from vmctld.storage.columns import json_column, utc_column


class AggregateRow(SQLModel, table=True):
    """Hosts that an operator put together."""

    __tablename__ = "aggregates"

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    availability_zone: str | None
    meta: dict[str, str] = Field(sa_column=json_column())
    created_at: datetime = Field(sa_column=utc_column())
    updated_at: datetime = Field(sa_column=utc_column())


class AggregateHostRow(SQLModel, table=True):
    """``host`` is in the aggregate."""

    __tablename__ = "aggregate_hosts"

    aggregate_id: str = Field(primary_key=True, foreign_key="aggregates.id", ondelete="CASCADE")
    host: str = Field(primary_key=True, foreign_key="hosts.name", ondelete="CASCADE", index=True)


class ServerGroupRow(SQLModel, table=True):
    """A group; locked by whoever adds a member to it or finds one a host."""

    __tablename__ = "server_groups"

    id: str = Field(primary_key=True)
    name: str
    project_id: str = Field(index=True)
    user_id: str
    policy: str
    max_server_per_host: int
    created_at: datetime = Field(sa_column=utc_column())


class ServerGroupMemberRow(SQLModel, table=True):
    """An instance that is in a group since its boot; it counts while it lives."""

    __tablename__ = "server_group_members"

    instance_id: str = Field(primary_key=True)
    group_id: str = Field(foreign_key="server_groups.id", ondelete="CASCADE", index=True)


class QuotaClassRow(SQLModel, table=True):
    """A default limit that an operator changed."""

    __tablename__ = "quota_classes"

    name: str = Field(primary_key=True)
    resource: str = Field(primary_key=True)
    limit_value: int  # -1: unlimited


class UsageIntervalRow(SQLModel, table=True):
    """A server with one size for a time; stays when the server goes."""

    __tablename__ = "usage_intervals"
    __table_args__ = (Index("ix_usage_intervals_project", "project_id", "ended_at"),)

    instance_id: str = Field(primary_key=True)
    started_at: datetime = Field(sa_column=utc_column(primary_key=True))
    project_id: str
    flavor_name: str
    vcpus: int
    ram_mib: int
    disk_gib: int
    ended_at: datetime | None = Field(sa_column=utc_column(nullable=True))
