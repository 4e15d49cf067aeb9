"""Identity over gRPC: converts, asks the service, converts back."""

from __future__ import annotations

import grpc

from vmctl.v1 import identity_pb2 as pb
from vmctl.v1.identity_pb2_grpc import IdentityServiceServicer
from vmctld.domain.identity import Role
from vmctld.identity.service import Identity
from vmctld.identity.tokens import BuildGrant
from vmctld.observe import failpoints
from vmctld.observe.failpoints import Phase
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.caller import caller_to_proto
from vmctld.wire.convert.common import page_from_proto, time_to_proto
from vmctld.wire.convert.identity import (
    assignment_to_proto,
    project_changes_from_proto,
    project_to_proto,
    user_changes_from_proto,
    user_to_proto,
)


class IdentityServicer(IdentityServiceServicer):
    """Serves ``vmctl.v1.IdentityService``."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def SignIn(self, request: pb.SignInRequest, context: grpc.ServicerContext) -> pb.SignInResponse:
        failpoints.hit("2", Phase.BEFORE)
        token = self._identity.sign_ins.sign_in(
            request.user_name, request.password, request.project
        )
        failpoints.hit("2", Phase.AFTER_RECORD)
        caller = self._identity.tokens.validate(token)
        return pb.SignInResponse(token=token, info=caller_to_proto(caller))

    def SignOut(
        self, request: pb.SignOutRequest, context: grpc.ServicerContext
    ) -> pb.SignOutResponse:
        self._identity.tokens.sign_out(caller_of(context))
        return pb.SignOutResponse()

    def ValidateToken(
        self, request: pb.ValidateTokenRequest, context: grpc.ServicerContext
    ) -> pb.TokenInfo:
        return caller_to_proto(self._identity.tokens.validate(request.token))

    def IssueBuildToken(
        self, request: pb.IssueBuildTokenRequest, context: grpc.ServicerContext
    ) -> pb.IssueBuildTokenResponse:
        grant = BuildGrant(
            instance_id=request.instance_id,
            attempt=request.attempt,
            user_id=request.user_id,
            project_id=request.project_id,
            calls=tuple(request.calls),
            lifetime_s=request.lifetime_s,
        )
        token, expires_at = self._identity.tokens.issue_build_token(caller_of(context), grant)
        return pb.IssueBuildTokenResponse(token=token, expires_at=time_to_proto(expires_at))

    def RevokeToken(
        self, request: pb.RevokeTokenRequest, context: grpc.ServicerContext
    ) -> pb.RevokeTokenResponse:
        self._identity.tokens.revoke(request.token)
        return pb.RevokeTokenResponse()

    def CreateUser(self, request: pb.CreateUserRequest, context: grpc.ServicerContext) -> pb.User:
        user = self._identity.users.create_user(
            request.name, request.password, request.email, request.default_project
        )
        return user_to_proto(user)

    def GetUser(self, request: pb.GetUserRequest, context: grpc.ServicerContext) -> pb.User:
        return user_to_proto(self._identity.users.get_user(caller_of(context), request.user))

    def ListUsers(
        self, request: pb.ListUsersRequest, context: grpc.ServicerContext
    ) -> pb.ListUsersResponse:
        users = self._identity.users.list_users(page_from_proto(request.page))
        return pb.ListUsersResponse(users=[user_to_proto(user) for user in users])

    def UpdateUser(self, request: pb.UpdateUserRequest, context: grpc.ServicerContext) -> pb.User:
        user = self._identity.users.update_user(
            caller_of(context), request.user, user_changes_from_proto(request)
        )
        return user_to_proto(user)

    def DeleteUser(
        self, request: pb.DeleteUserRequest, context: grpc.ServicerContext
    ) -> pb.DeleteUserResponse:
        self._identity.users.delete_user(caller_of(context), request.user)
        return pb.DeleteUserResponse()

    def CreateProject(
        self, request: pb.CreateProjectRequest, context: grpc.ServicerContext
    ) -> pb.Project:
        project = self._identity.projects.create_project(request.name, request.description)
        return project_to_proto(project)

    def GetProject(
        self, request: pb.GetProjectRequest, context: grpc.ServicerContext
    ) -> pb.Project:
        project = self._identity.projects.get_project(caller_of(context), request.project)
        return project_to_proto(project)

    def ListProjects(
        self, request: pb.ListProjectsRequest, context: grpc.ServicerContext
    ) -> pb.ListProjectsResponse:
        projects = self._identity.projects.list_projects(page_from_proto(request.page))
        return pb.ListProjectsResponse(projects=[project_to_proto(one) for one in projects])

    def UpdateProject(
        self, request: pb.UpdateProjectRequest, context: grpc.ServicerContext
    ) -> pb.Project:
        project = self._identity.projects.update_project(
            request.project, project_changes_from_proto(request)
        )
        return project_to_proto(project)

    def DeleteProject(
        self, request: pb.DeleteProjectRequest, context: grpc.ServicerContext
    ) -> pb.DeleteProjectResponse:
        self._identity.projects.delete_project(caller_of(context), request.project)
        return pb.DeleteProjectResponse()

    def ListRoles(
        self, request: pb.ListRolesRequest, context: grpc.ServicerContext
    ) -> pb.ListRolesResponse:
        return pb.ListRolesResponse(roles=[role.value for role in Role])

    def AddRole(
        self, request: pb.AddRoleRequest, context: grpc.ServicerContext
    ) -> pb.RoleAssignment:
        assignment = self._identity.roles.add_role(request.user, request.project, request.role)
        return assignment_to_proto(assignment)

    def RemoveRole(
        self, request: pb.RemoveRoleRequest, context: grpc.ServicerContext
    ) -> pb.RemoveRoleResponse:
        self._identity.roles.remove_role(request.user, request.project, request.role)
        return pb.RemoveRoleResponse()

    def ListRoleAssignments(
        self, request: pb.ListRoleAssignmentsRequest, context: grpc.ServicerContext
    ) -> pb.ListRoleAssignmentsResponse:
        assignments = self._identity.roles.list_assignments(request.user, request.project)
        listed = [assignment_to_proto(assignment) for assignment in assignments]
        return pb.ListRoleAssignmentsResponse(assignments=listed)
