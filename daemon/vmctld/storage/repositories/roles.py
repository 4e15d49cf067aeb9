"""Role assignments: who may do what in which project."""

from __future__ import annotations

from sqlalchemy import delete, select

from vmctld.domain.identity import Project, Role, RoleAssignment
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.repositories.projects import project_of
from vmctld.storage.statements import InsertIfAbsent
from vmctld.storage.tables.identity import ProjectRow, RoleAssignmentRow, UserRow

_ROLES = core(RoleAssignmentRow)
_USERS = core(UserRow)
_PROJECTS = core(ProjectRow)
_insert = InsertIfAbsent(_ROLES)

_LISTED = (
    select(
        _ROLES.c.role,
        _ROLES.c.user_id,
        _USERS.c.name.label("user_name"),
        _ROLES.c.project_id,
        _PROJECTS.c.name.label("project_name"),
    )
    .join(_USERS, _USERS.c.id == _ROLES.c.user_id)
    .join(_PROJECTS, _PROJECTS.c.id == _ROLES.c.project_id)
    .order_by(_USERS.c.name, _PROJECTS.c.name, _ROLES.c.role)
)


def add(tx: Tx, user_id: str, project_id: str, role: Role) -> bool:
    """Give a role; False when it was given before."""
    return _insert(tx, {"user_id": user_id, "project_id": project_id, "role": role.value})


def remove(tx: Tx, user_id: str, project_id: str, role: Role) -> bool:
    """Take a role away; False when it was not given."""
    given = delete(_ROLES).where(
        _ROLES.c.user_id == user_id,
        _ROLES.c.project_id == project_id,
        _ROLES.c.role == role.value,
    )
    return tx.execute(given).rowcount == 1


def assignments(
    tx: Tx, user_id: str | None = None, project_id: str | None = None
) -> list[RoleAssignment]:
    """Return all assignments, or those of a user, in a project, sorted by names."""
    query = _LISTED
    if user_id is not None:
        query = query.where(_ROLES.c.user_id == user_id)
    if project_id is not None:
        query = query.where(_ROLES.c.project_id == project_id)
    return [
        RoleAssignment(
            user_id=row.user_id,
            user_name=row.user_name,
            project_id=row.project_id,
            project_name=row.project_name,
            role=Role(row.role),
        )
        for row in tx.execute(query)
    ]


def projects_of(tx: Tx, user_id: str) -> list[Project]:
    """Return the projects in which a user has any role, sorted by name."""
    mine = select(_ROLES.c.project_id).where(_ROLES.c.user_id == user_id)
    query = select(_PROJECTS).where(_PROJECTS.c.id.in_(mine)).order_by(_PROJECTS.c.name)
    return [project_of(row) for row in tx.execute(query)]


def roles_in(tx: Tx, user_id: str, project_id: str) -> frozenset[Role]:
    """Return a user's roles in a project."""
    query = select(_ROLES.c.role).where(
        _ROLES.c.user_id == user_id, _ROLES.c.project_id == project_id
    )
    return frozenset(Role(role) for role in tx.execute(query).scalars())


def is_anybody_admin(tx: Tx) -> bool:
    """Return whether an enabled user is admin in an enabled project."""
    admins = (
        select(_ROLES.c.user_id)
        .join(_USERS, _USERS.c.id == _ROLES.c.user_id)
        .join(_PROJECTS, _PROJECTS.c.id == _ROLES.c.project_id)
        .where(_ROLES.c.role == Role.ADMIN.value, _USERS.c.enabled, _PROJECTS.c.enabled)
        .limit(1)
    )
    return tx.execute(admins).first() is not None
