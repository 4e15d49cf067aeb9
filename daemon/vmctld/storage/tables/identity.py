"""Users, projects, roles and tokens."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from vmctld.storage.columns import json_column, utc_column


class ProjectRow(SQLModel, table=True):
    """A tenant."""

    __tablename__ = "projects"

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    description: str
    enabled: bool
    created_at: datetime = Field(sa_column=utc_column())


class UserRow(SQLModel, table=True):
    """Somebody who can sign in."""

    __tablename__ = "users"

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    email: str
    password_hash: str  # argon2id, in its own text form
    enabled: bool
    default_project_id: str | None
    failed_sign_ins: int
    locked_until: datetime | None = Field(sa_column=utc_column(nullable=True))
    created_at: datetime = Field(sa_column=utc_column())


class RoleAssignmentRow(SQLModel, table=True):
    """A user's role in a project."""

    __tablename__ = "role_assignments"

    user_id: str = Field(primary_key=True, foreign_key="users.id", ondelete="CASCADE")
    project_id: str = Field(primary_key=True, foreign_key="projects.id", ondelete="CASCADE")
    role: str = Field(primary_key=True)


class TokenRow(SQLModel, table=True):
    """A token's hash and what it says.  Roles are looked up at validation, never kept."""

    __tablename__ = "tokens"
    __table_args__ = (UniqueConstraint("instance_id", "attempt"),)  # one build, one token

    id: str = Field(primary_key=True)  # SHA-256 of the token, hexadecimal
    kind: str
    user_id: str = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    project_id: str = Field(foreign_key="projects.id", ondelete="CASCADE")
    issued_at: datetime = Field(sa_column=utc_column())
    expires_at: datetime = Field(sa_column=utc_column(index=True))
    instance_id: str | None
    attempt: int | None
    calls: list[str] | None = Field(sa_column=json_column(nullable=True))
    signed_in: list[dict[str, object]] | None = Field(sa_column=json_column(nullable=True))


class ClockMarkRow(SQLModel, table=True):
    """The latest time that identity has seen: a clock set back goes on from there.  One row."""

    __tablename__ = "clock_marks"

    id: int = Field(primary_key=True)
    latest_at: datetime = Field(sa_column=utc_column())
