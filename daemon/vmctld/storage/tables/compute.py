"""Instances, hosts and what instances claim of them; flavors, key pairs, quotas."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import BigInteger, Column, Field, Index, LargeBinary, SQLModel, false, text

from vmctld.storage.columns import json_column, utc_column

BUSY = "vm_state = 'building' OR task_state IS NOT NULL"
"""In SQL: something is happening to the instance.  Said so by queries, its index serves them."""


class InstanceRow(SQLModel, table=True):
    """Everything about one instance; what it is wired to is drawn before its build begins."""

    __tablename__ = "instances"
    __table_args__ = (
        Index(
            "ux_instances_idempotency_key",
            "project_id",
            "idempotency_key",
            "launch_index",
            unique=True,
        ),
        Index("ix_instances_project_created", "project_id", "created_at", "id"),
        Index("ix_instances_created", "created_at", "id"),
        Index(
            "ix_instances_unsettled",
            "deadline_at",
            sqlite_where=text("deadline_at IS NOT NULL"),
            postgresql_where=text("deadline_at IS NOT NULL"),
        ),
        Index("ix_instances_busy", "host", sqlite_where=text(BUSY), postgresql_where=text(BUSY)),
    )

    id: str = Field(primary_key=True)
    project_id: str
    user_id: str
    name: str = Field(index=True)
    hostname: str
    description: str | None
    vm_state: str
    task_state: str | None
    power_state: int
    host: str | None = Field(index=True)
    availability_zone: str | None  # as asked for
    forced_host: str | None
    flavor: dict[str, Any] = Field(sa_column=json_column())
    vcpus: int
    ram_mib: int
    disk_gib: int
    image_id: str | None
    image_name: str | None
    key_name: str | None
    public_key: str | None
    user_data: bytes | None = Field(sa_column=Column(LargeBinary))
    meta: dict[str, str] = Field(sa_column=json_column())
    tags: list[str] = Field(sa_column=json_column(default="[]"))
    nics: list[dict[str, Any]] = Field(sa_column=json_column())
    volumes: list[dict[str, Any]] = Field(sa_column=json_column())
    addresses: list[dict[str, Any]] = Field(sa_column=json_column())
    config_drive: bool
    attempt: int  # the fencing token of everything that a build does
    excluded_hosts: list[str] = Field(sa_column=json_column())  # where it failed before
    lease_owner: str | None
    lease_until: datetime | None = Field(sa_column=utc_column(nullable=True))
    deadline_at: datetime | None = Field(sa_column=utc_column(nullable=True))
    fault: dict[str, Any] | None = Field(sa_column=json_column(nullable=True))
    request_id: str
    reservation_id: str = Field(index=True)
    launch_index: int
    idempotency_key: str | None
    request_digest: str | None  # SHA-256 of the request that the key came with
    ssh_port: int | None
    accelerator: str | None
    created_at: datetime = Field(sa_column=utc_column())
    updated_at: datetime = Field(sa_column=utc_column())
    launched_at: datetime | None = Field(sa_column=utc_column(nullable=True))
    terminated_at: datetime | None = Field(sa_column=utc_column(nullable=True))
    task_id: str | None  # the fencing token of the action under way; a build has its attempt
    task: dict[str, Any] | None = Field(sa_column=json_column(nullable=True))
    aside: dict[str, Any] | None = Field(sa_column=json_column(nullable=True))
    locked_by: str | None  # owner or admin
    locked_reason: str | None
    wishes: dict[str, Any] = Field(sa_column=json_column(default="{}"))  # for the scheduler


class HostRow(SQLModel, table=True):
    """A compute host: what it has and what is claimed of it.  ``free_*`` count ratios in."""

    __tablename__ = "hosts"

    name: str = Field(primary_key=True)
    availability_zone: str
    driver: str
    enabled: bool
    disabled_reason: str | None
    vcpus: int
    ram_mib: int = Field(sa_column=Column(BigInteger, nullable=False))
    disk_gib: int = Field(sa_column=Column(BigInteger, nullable=False))
    cpu_ratio: float
    ram_ratio: float
    disk_ratio: float
    free_vcpus: int = Field(sa_column=Column(BigInteger, nullable=False))
    free_ram_mib: int = Field(sa_column=Column(BigInteger, nullable=False))
    free_disk_gib: int = Field(sa_column=Column(BigInteger, nullable=False))
    instances: int
    generation: int = Field(index=True)  # grows at every change of what is free
    seen_at: datetime = Field(sa_column=utc_column())
    forced_down: bool = Field(sa_column_kwargs={"server_default": false()})
    build_failures: int = Field(sa_column_kwargs={"server_default": text("0")})  # in a row
    own_cpu_ratio: float | None  # beat those of the host's aggregates
    own_ram_ratio: float | None
    own_disk_ratio: float | None
    uptime: str | None  # nova's line, as the host last told it


class AllocationRow(SQLModel, table=True):
    """What one instance claims of one host; written with the instance's host, gone with it."""

    __tablename__ = "allocations"

    instance_id: str = Field(primary_key=True)
    host: str = Field(foreign_key="hosts.name", index=True)
    vcpus: int
    ram_mib: int
    disk_gib: int
    created_at: datetime = Field(sa_column=utc_column())


class FlavorRow(SQLModel, table=True):
    """A size."""

    __tablename__ = "flavors"

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    vcpus: int
    ram_mib: int
    disk_gib: int
    ephemeral_gib: int
    swap_mib: int
    is_public: bool
    description: str | None
    extra_specs: dict[str, str] = Field(sa_column=json_column())


class FlavorAccessRow(SQLModel, table=True):
    """A project that may use a flavor which is not public."""

    __tablename__ = "flavor_access"

    flavor_id: str = Field(primary_key=True)
    project_id: str = Field(primary_key=True)


class KeypairRow(SQLModel, table=True):
    """The public half of a key pair."""

    __tablename__ = "keypairs"

    user_id: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    kind: str
    public_key: str
    fingerprint: str
    created_at: datetime = Field(sa_column=utc_column())


class QuotaRow(SQLModel, table=True):
    """A project's own limit for one resource; where there is none, the default holds."""

    __tablename__ = "quotas"

    project_id: str = Field(primary_key=True)
    resource: str = Field(primary_key=True)
    limit_value: int  # -1: unlimited


class QuotaUsageRow(SQLModel, table=True):
    """What a project's living instances use; changed in the transaction that changes them."""

    __tablename__ = "quota_usages"

    project_id: str = Field(primary_key=True)
    instances: int
    cores: int
    ram_mib: int = Field(sa_column=Column(BigInteger, nullable=False))
