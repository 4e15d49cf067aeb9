"""Users, projects and roles: the part of identity that admins use."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from vmctl.v1 import identity_pb2 as pb
from vmctl.v1.common_pb2 import Page
from vmctl.v1.identity_pb2_grpc import IdentityServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.identity_records import (
    Assignment,
    Project,
    Role,
    User,
    UserWish,
    assignment_from,
    project_from,
    user_from,
)
from vmctl_cli.client.pages import all_of


class People:
    """The identity service, but for signing in and out."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> IdentityServiceStub:
        return IdentityServiceStub(self._calls.channel)

    def create_user(self, wish: UserWish) -> User:
        """Make a user."""
        request = pb.CreateUserRequest(
            name=wish.name or "",
            password=wish.password or "",
            email=wish.email or "",
            default_project=wish.default_project or "",
        )
        return user_from(self._calls.unary(self._stub.CreateUser, request))

    def user(self, user: str) -> User:
        """Return the user of that name or id."""
        request = pb.GetUserRequest(user=user)
        return user_from(self._calls.unary(self._stub.GetUser, request, repeatable=True))

    def users(self) -> Iterator[User]:
        """Return all users, sorted by name."""

        def fetch(page: Page) -> list[pb.User]:
            request = pb.ListUsersRequest(page=page)
            return [*self._calls.unary(self._stub.ListUsers, request, repeatable=True).users]

        yield from map(user_from, all_of(fetch, lambda user: user.id))

    def update_user(self, user: str, wish: UserWish) -> User:
        """Change a user; a new password ends all their tokens."""
        request = pb.UpdateUserRequest(
            user=user,
            name=wish.name,
            password=wish.password,
            email=wish.email,
            enabled=wish.enabled,
            default_project=wish.default_project,
        )
        return user_from(self._calls.unary(self._stub.UpdateUser, request))

    def delete_user(self, user: str) -> None:
        """Forget a user."""
        self._calls.unary(self._stub.DeleteUser, pb.DeleteUserRequest(user=user))

    def create_project(self, name: str, description: str) -> Project:
        """Make a project."""
        request = pb.CreateProjectRequest(name=name, description=description)
        return project_from(self._calls.unary(self._stub.CreateProject, request))

    def project(self, project: str) -> Project:
        """Return the project of that name or id."""
        request = pb.GetProjectRequest(project=project)
        return project_from(self._calls.unary(self._stub.GetProject, request, repeatable=True))

    def projects(self) -> Iterator[Project]:
        """Return all projects, sorted by name."""

        def fetch(page: Page) -> list[pb.Project]:
            request = pb.ListProjectsRequest(page=page)
            answer = self._calls.unary(self._stub.ListProjects, request, repeatable=True)
            return [*answer.projects]

        yield from map(project_from, all_of(fetch, lambda project: project.id))

    def update_project(
        self, project: str, *, name: str | None, description: str | None, enabled: bool | None
    ) -> Project:
        """Change a project; None: as it is."""
        request = pb.UpdateProjectRequest(
            project=project, name=name, description=description, enabled=enabled
        )
        return project_from(self._calls.unary(self._stub.UpdateProject, request))

    def delete_project(self, project: str) -> None:
        """Forget a project that has nothing left."""
        self._calls.unary(self._stub.DeleteProject, pb.DeleteProjectRequest(project=project))

    def roles(self) -> list[Role]:
        """Return the roles there are, strongest first."""
        answer = self._calls.unary(self._stub.ListRoles, pb.ListRolesRequest(), repeatable=True)
        return [Role(name) for name in answer.roles]

    def add_role(self, role: str, *, user: str, project: str) -> Assignment:
        """Let somebody be something in a project."""
        request = pb.AddRoleRequest(user=user, project=project, role=role)
        return assignment_from(self._calls.unary(self._stub.AddRole, request))

    def remove_role(self, role: str, *, user: str, project: str) -> None:
        """Let somebody be that no longer."""
        request = pb.RemoveRoleRequest(user=user, project=project, role=role)
        self._calls.unary(self._stub.RemoveRole, request)

    def assignments(self, *, user: str, project: str) -> list[Assignment]:
        """Return who is what where; of one user or project if one is named."""
        request = pb.ListRoleAssignmentsRequest(user=user, project=project)
        answer = self._calls.unary(self._stub.ListRoleAssignments, request, repeatable=True)
        return [assignment_from(one) for one in answer.assignments]
