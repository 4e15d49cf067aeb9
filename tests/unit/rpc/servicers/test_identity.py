"""Identity over gRPC, behind the real guard."""

from __future__ import annotations

import pytest

from tests.unit.rpc.servicers.conftest import PASSWORD, Rooms
from vmctl.v1 import identity_pb2 as pb

INSTANCE = "6a3f0c0e-3c6f-4a0e-9a53-0d7d2b9f5a11"


def test_a_sign_in_needs_no_token_and_gives_one(rooms: Rooms) -> None:
    request = pb.SignInRequest(user_name="admin", password=PASSWORD, project="admin")

    answer = rooms.identities.SignIn(request)

    assert answer.token.startswith("vmt_")
    assert (answer.info.user_name, list(answer.info.roles)) == ("admin", ["admin"])
    assert answer.info.HasField("issued_at")
    assert len(answer.info.signed_in) == 2
    validated = rooms.identities.ValidateToken(pb.ValidateTokenRequest(token=answer.token))
    assert validated == answer.info


def test_a_wrong_password_is_refused_by_its_code(rooms: Rooms) -> None:
    request = pb.SignInRequest(user_name="admin", password="guess")

    assert rooms.refusal(rooms.identities.SignIn, request).code == "wrong-credentials"


def test_after_signing_out_the_token_is_good_for_nothing(rooms: Rooms) -> None:
    rooms.call(rooms.identities.SignOut, pb.SignOutRequest())

    refusal = rooms.refusal(rooms.identities.ListRoles, pb.ListRolesRequest())

    assert refusal.code == "token-invalid"
    assert "vmctl login" in refusal.hint


def test_a_revoked_token_is_refused_at_once_in_spite_of_the_cache(rooms: Rooms) -> None:
    rooms.call(rooms.identities.ListRoles, pb.ListRolesRequest())  # now it is remembered

    other = rooms.identity.sign_ins.sign_in("admin", PASSWORD, "")
    rooms.call(rooms.identities.RevokeToken, pb.RevokeTokenRequest(token=rooms.admin), other)

    assert rooms.refusal(rooms.identities.ListRoles, pb.ListRolesRequest()).code == "token-invalid"


def test_the_conductor_gets_build_tokens_and_nobody_else_does(rooms: Rooms) -> None:
    info = rooms.identities.ValidateToken(pb.ValidateTokenRequest(token=rooms.admin))
    request = pb.IssueBuildTokenRequest(
        instance_id=INSTANCE,
        attempt=2,
        user_id=info.user_id,
        project_id=info.project_id,
        calls=["/vmctl.v1.ImageService/LocateImage"],
        lifetime_s=600,
    )

    answer = rooms.call(rooms.identities.IssueBuildToken, request, rooms.conductor)

    build = rooms.identities.ValidateToken(pb.ValidateTokenRequest(token=answer.token))
    assert (build.kind, build.instance_id, build.attempt) == ("build", INSTANCE, 2)
    assert build.expires_at == answer.expires_at
    assert rooms.refusal(rooms.identities.IssueBuildToken, request).code == "not-allowed"


def test_users_come_and_go(rooms: Rooms) -> None:
    call, stub = rooms.call, rooms.identities
    made = call(stub.CreateUser, pb.CreateUserRequest(name="anna", password="a", email="a@b.c"))
    assert call(stub.GetUser, pb.GetUserRequest(user="anna")) == made

    changed = call(stub.UpdateUser, pb.UpdateUserRequest(user="anna", name="ann", enabled=False))
    assert (changed.name, changed.enabled, changed.email) == ("ann", False, "a@b.c")
    listed = call(stub.ListUsers, pb.ListUsersRequest())
    assert [user.name for user in listed.users] == ["admin", "ann"]

    call(stub.DeleteUser, pb.DeleteUserRequest(user="ann"))
    assert rooms.refusal(stub.GetUser, pb.GetUserRequest(user="ann")).code == "user-not-found"


def test_projects_come_and_go(rooms: Rooms) -> None:
    call, stub = rooms.call, rooms.identities
    made = call(stub.CreateProject, pb.CreateProjectRequest(name="lab", description="d"))
    assert call(stub.GetProject, pb.GetProjectRequest(project="lab")) == made

    changed = call(stub.UpdateProject, pb.UpdateProjectRequest(project="lab", name="ops"))
    assert (changed.name, changed.description, changed.enabled) == ("ops", "d", True)
    listed = call(stub.ListProjects, pb.ListProjectsRequest())
    assert [project.name for project in listed.projects] == ["admin", "ops"]

    call(stub.DeleteProject, pb.DeleteProjectRequest(project="ops"))
    gone = pb.GetProjectRequest(project="ops")
    assert rooms.refusal(stub.GetProject, gone).code == "project-not-found"


def test_roles_are_given_listed_and_taken_away(rooms: Rooms) -> None:
    call, stub = rooms.call, rooms.identities
    call(stub.CreateUser, pb.CreateUserRequest(name="anna", password="a"))
    given = call(stub.AddRole, pb.AddRoleRequest(user="anna", project="admin", role="reader"))
    assert (given.user_name, given.project_name, given.role) == ("anna", "admin", "reader")

    of_anna = pb.ListRoleAssignmentsRequest(user="anna")
    assert list(call(stub.ListRoleAssignments, of_anna).assignments) == [given]
    call(stub.RemoveRole, pb.RemoveRoleRequest(user="anna", project="admin", role="reader"))
    assert list(call(stub.ListRoleAssignments, of_anna).assignments) == []

    roles = call(stub.ListRoles, pb.ListRolesRequest()).roles
    assert list(roles) == ["admin", "member", "reader"]


@pytest.mark.parametrize("field", ["name", "email", "default_project"])
def test_an_empty_field_is_told_from_one_that_is_not_there(rooms: Rooms, field: str) -> None:
    rooms.call(rooms.identities.CreateUser, pb.CreateUserRequest(name="anna", password="a"))
    request = pb.UpdateUserRequest(user="anna", **{field: ""})

    if field == "name":
        assert rooms.refusal(rooms.identities.UpdateUser, request).code == "invalid-name"
    else:
        assert rooms.call(rooms.identities.UpdateUser, request).name == "anna"
