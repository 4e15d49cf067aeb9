"""Networks, subnets, ports and the addresses that ports hold."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import false, true
from sqlmodel import Field, SQLModel, UniqueConstraint

from vmctld.storage.columns import json_column, utc_column


class NetworkRow(SQLModel, table=True):
    """A layer 2 segment."""

    __tablename__ = "networks"

    id: str = Field(primary_key=True)
    name: str = Field(index=True)
    project_id: str = Field(index=True)
    shared: bool
    mtu_bytes: int
    external: bool = Field(sa_column_kwargs={"server_default": false()})
    physical: str | None  # of an external one: the bridge of the hosts that leads outside
    created_at: datetime = Field(sa_column=utc_column())


class SubnetRow(SQLModel, table=True):
    """An address range of a network."""

    __tablename__ = "subnets"

    id: str = Field(primary_key=True)
    name: str = Field(index=True)
    network_id: str = Field(foreign_key="networks.id", index=True)
    project_id: str = Field(index=True)
    cidr: str
    gateway: str | None
    dns_servers: list[str] = Field(sa_column=json_column())
    pools: list[list[str]] = Field(sa_column=json_column())  # [first, last]
    created_at: datetime = Field(sa_column=utc_column())


class PortRow(SQLModel, table=True):
    """A network card's place on a network."""

    __tablename__ = "ports"
    __table_args__ = (UniqueConstraint("mac"),)

    id: str = Field(primary_key=True)
    name: str
    network_id: str = Field(foreign_key="networks.id", index=True)
    project_id: str = Field(index=True)
    mac: str
    device_id: str | None = Field(index=True)
    device_owner: str = Field(default="", sa_column_kwargs={"server_default": ""})
    made_for_device: bool  # True: goes when its instance goes
    host: str | None = Field(index=True)
    kind: str
    status: str
    created_at: datetime = Field(sa_column=utc_column())
    updated_at: datetime = Field(sa_column=utc_column())
    # None: its project's default group; a list: these, whose ids are checked when it is written
    security_group_ids: list[str] | None = Field(sa_column=json_column(nullable=True))
    port_security: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    address_pairs: list[list[str]] | None = Field(sa_column=json_column(nullable=True))


class FixedIpRow(SQLModel, table=True):
    """One address of a port.  Taken by insert: the key is what keeps it unique."""

    __tablename__ = "fixed_ips"

    network_id: str = Field(primary_key=True)
    address: str = Field(primary_key=True)
    subnet_id: str = Field(foreign_key="subnets.id", index=True)
    port_id: str = Field(foreign_key="ports.id", ondelete="CASCADE", index=True)
