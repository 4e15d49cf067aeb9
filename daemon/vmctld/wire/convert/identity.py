"""Users, projects and roles on the wire.  What a token says is in ``caller.py``."""

from __future__ import annotations

from vmctl.v1 import identity_pb2 as pb
from vmctld.domain.identity import (
    Project,
    ProjectChanges,
    Role,
    RoleAssignment,
    User,
    UserChanges,
)
from vmctld.wire.convert.common import time_from_proto, time_to_proto


def user_to_proto(user: User) -> pb.User:
    """Return ``user`` as a message."""
    return pb.User(
        id=user.id,
        name=user.name,
        email=user.email,
        enabled=user.enabled,
        default_project_id=user.default_project_id or "",
        created_at=time_to_proto(user.created_at),
    )


def user_from_proto(message: pb.User) -> User:
    """Return the user that ``message`` describes."""
    return User(
        id=message.id,
        name=message.name,
        email=message.email,
        enabled=message.enabled,
        default_project_id=message.default_project_id or None,
        created_at=time_from_proto(message.created_at),
    )


def user_changes_from_proto(message: pb.UpdateUserRequest) -> UserChanges:
    """Return what shall be different; a field that is not there changes nothing."""
    return UserChanges(
        name=message.name if message.HasField("name") else None,
        password=message.password if message.HasField("password") else None,
        email=message.email if message.HasField("email") else None,
        enabled=message.enabled if message.HasField("enabled") else None,
        default_project=message.default_project if message.HasField("default_project") else None,
    )


def project_to_proto(project: Project) -> pb.Project:
    """Return ``project`` as a message."""
    return pb.Project(
        id=project.id,
        name=project.name,
        description=project.description,
        enabled=project.enabled,
        created_at=time_to_proto(project.created_at),
    )


def project_from_proto(message: pb.Project) -> Project:
    """Return the project that ``message`` describes."""
    return Project(
        id=message.id,
        name=message.name,
        description=message.description,
        enabled=message.enabled,
        created_at=time_from_proto(message.created_at),
    )


def project_changes_from_proto(message: pb.UpdateProjectRequest) -> ProjectChanges:
    """Return what shall be different; a field that is not there changes nothing."""
    return ProjectChanges(
        name=message.name if message.HasField("name") else None,
        description=message.description if message.HasField("description") else None,
        enabled=message.enabled if message.HasField("enabled") else None,
    )


def assignment_to_proto(assignment: RoleAssignment) -> pb.RoleAssignment:
    """Return ``assignment`` as a message."""
    return pb.RoleAssignment(
        user_id=assignment.user_id,
        user_name=assignment.user_name,
        project_id=assignment.project_id,
        project_name=assignment.project_name,
        role=assignment.role.value,
    )


def assignment_from_proto(message: pb.RoleAssignment) -> RoleAssignment:
    """Return the role assignment that ``message`` describes."""
    return RoleAssignment(
        user_id=message.user_id,
        user_name=message.user_name,
        project_id=message.project_id,
        project_name=message.project_name,
        role=Role(message.role),
    )
