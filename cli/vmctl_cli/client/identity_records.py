"""Users, projects and roles, as ``-f json`` prints them."""

from __future__ import annotations

from dataclasses import dataclass

from vmctl.v1 import identity_pb2 as pb
from vmctl_cli.client.values import or_none, time_of


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who can sign in."""

    id: str
    name: str
    email: str | None
    enabled: bool
    default_project_id: str | None
    created_at: str | None


@dataclass(frozen=True, slots=True)
class UserWish:
    """What a user shall be; None: as it is."""

    name: str | None = None
    password: str | None = None
    email: str | None = None
    enabled: bool | None = None
    default_project: str | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """Whom servers belong to."""

    id: str
    name: str
    description: str | None
    enabled: bool
    created_at: str | None


@dataclass(frozen=True, slots=True)
class Role:
    """What one may be in a project."""

    name: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who is what in which project."""

    role: str
    user_id: str
    user_name: str
    project_id: str
    project_name: str


def user_from(message: pb.User) -> User:
    """Return the user that ``message`` describes."""
    return User(
        id=message.id,
        name=message.name,
        email=or_none(message.email),
        enabled=message.enabled,
        default_project_id=or_none(message.default_project_id),
        created_at=time_of(message, "created_at"),
    )


def project_from(message: pb.Project) -> Project:
    """Return the project that ``message`` describes."""
    return Project(
        id=message.id,
        name=message.name,
        description=or_none(message.description),
        enabled=message.enabled,
        created_at=time_of(message, "created_at"),
    )


def assignment_from(message: pb.RoleAssignment) -> Assignment:
    """Return the assignment that ``message`` describes."""
    return Assignment(
        role=message.role,
        user_id=message.user_id,
        user_name=message.user_name,
        project_id=message.project_id,
        project_name=message.project_name,
    )
