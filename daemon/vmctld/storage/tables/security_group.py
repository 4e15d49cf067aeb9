"""Security groups and their rules.  Which ports are in a group stands with the ports."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from vmctld.storage.columns import utc_column


class SecurityGroupRow(SQLModel, table=True):
    """A project's rules under one name."""

    __tablename__ = "security_groups"

    id: str = Field(primary_key=True)
    name: str
    project_id: str = Field(index=True)
    description: str
    created_at: datetime = Field(sa_column=utc_column())


class SecurityGroupRuleRow(SQLModel, table=True):
    """One thing that is allowed.  NULL: any."""

    __tablename__ = "security_group_rules"

    id: str = Field(primary_key=True)
    group_id: str = Field(foreign_key="security_groups.id", ondelete="CASCADE", index=True)
    project_id: str = Field(index=True)
    direction: str
    ether_type: str
    protocol: str | None
    first: int | None
    last: int | None
    remote_cidr: str | None
    remote_group_id: str | None = Field(
        foreign_key="security_groups.id", ondelete="CASCADE", index=True
    )
    description: str
    created_at: datetime = Field(sa_column=utc_column())
