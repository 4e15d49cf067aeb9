"""Roles: what a user may do in a project."""

from __future__ import annotations

from vmctld.domain.identity import Role, RoleAssignment
from vmctld.domain.names import shown
from vmctld.errors import InvalidRequest, NotFound
from vmctld.identity.last_admin import keep_an_admin
from vmctld.identity.tokens import Tokens
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import projects, roles, users


class Roles:
    """The rules for role assignments."""

    def __init__(self, database: Database, tokens: Tokens) -> None:
        self._database = database
        self._tokens = tokens

    def add_role(self, user: str, project: str, role: str) -> RoleAssignment:
        """Return the assignment, made now or before.  Raises InvalidRequest, NotFound."""
        wanted = role_from(role)

        def work(tx: Tx) -> RoleAssignment:
            assignment = _assignment(tx, user, project, wanted)
            roles.add(tx, assignment.user_id, assignment.project_id, wanted)
            return assignment

        assignment = self._database.run(work)
        self._tokens.changed()
        return assignment

    def remove_role(self, user: str, project: str, role: str) -> None:
        """Take a role away.

        Raises InvalidRequest, NotFound (``assignment-not-found``), WrongState (``last-admin``).
        """
        wanted = role_from(role)

        def work(tx: Tx) -> None:
            given = _assignment(tx, user, project, wanted)
            if not roles.remove(tx, given.user_id, given.project_id, wanted):
                raise NotFound(
                    f"the user {given.user_name} is no {wanted} in {given.project_name}",
                    code="assignment-not-found",
                )
            keep_an_admin(tx)

        self._database.run(work)
        self._tokens.changed()

    def list_assignments(self, user: str = "", project: str = "") -> list[RoleAssignment]:
        """Return the assignments of a user, in a project; empty means all."""
        with self._database.read() as tx:
            user_id = users.find(tx, user).id if user else None
            project_id = projects.find(tx, project).id if project else None
            return roles.assignments(tx, user_id, project_id)


def role_from(name: str) -> Role:
    """Return the role of that name.  Raises InvalidRequest (``unknown-role``)."""
    try:
        return Role(name.strip().lower())
    except ValueError as error:
        raise InvalidRequest(
            f"there is no role {shown(name)}",
            code="unknown-role",
            hint="the roles are " + ", ".join(Role),
        ) from error


def _assignment(tx: Tx, user: str, project: str, role: Role) -> RoleAssignment:
    the_user, the_project = users.find(tx, user), projects.find(tx, project)
    return RoleAssignment(
        user_id=the_user.id,
        user_name=the_user.name,
        project_id=the_project.id,
        project_name=the_project.name,
        role=role,
    )
