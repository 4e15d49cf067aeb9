"""Routers and floating IPs; their legs and addresses are ports, found by owner and device."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from vmctld.storage.columns import utc_column


class RouterRow(SQLModel, table=True):
    """A router.  ``host`` has its own external address; others pass on what is forwarded."""

    __tablename__ = "routers"

    id: str = Field(primary_key=True)
    name: str = Field(index=True)
    project_id: str = Field(index=True)
    enable_snat: bool
    host: str | None
    created_at: datetime = Field(sa_column=utc_column())


class FloatingIpRow(SQLModel, table=True):
    """An external address.  A guest's port that goes leaves it waiting for another."""

    __tablename__ = "floating_ips"

    id: str = Field(primary_key=True)
    project_id: str = Field(index=True)
    network_id: str = Field(foreign_key="networks.id", index=True)
    address: str
    external_port_id: str = Field(foreign_key="ports.id", index=True)
    port_id: str | None = Field(
        foreign_key="ports.id", ondelete="SET NULL", index=True, unique=True, nullable=True
    )
    created_at: datetime = Field(sa_column=utc_column())
