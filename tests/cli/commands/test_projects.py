"""``project-*`` and ``role-*``."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import PASSWORD, FakeCloud
from vmctl.v1 import identity_pb2 as pb
from vmctl.v1.common_pb2 import Page

WEB = pb.Project(id="p1", name="web", description="the shop", enabled=True)
MEMBER = pb.RoleAssignment(
    user_id="u1", user_name="ada", project_id="p1", project_name="web", role="member"
)


@pytest.fixture(autouse=True)
def _has_one(cloud: FakeCloud) -> None:
    for method in ("CreateProject", "GetProject", "UpdateProject"):
        cloud.answers[method] = WEB
    cloud.answers["ListProjects"] = pb.ListProjectsResponse(projects=[WEB])
    cloud.answers["ListRoles"] = pb.ListRolesResponse(roles=["admin", "member", "reader"])
    cloud.answers["AddRole"] = MEMBER
    cloud.answers["ListRoleAssignments"] = pb.ListRoleAssignmentsResponse(assignments=[MEMBER])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("project-list",), pb.ListProjectsRequest(page=Page(limit=1000))),
        (("project-show", "web"), pb.GetProjectRequest(project="web")),
        (
            ("project-create", "--description", "d", "web"),
            pb.CreateProjectRequest(name="web", description="d"),
        ),
        (
            ("project-set", "--disable", "--description", "", "web"),
            pb.UpdateProjectRequest(project="web", enabled=False, description=""),
        ),
        (("project-delete", "web"), pb.DeleteProjectRequest(project="web")),
        (("role-list",), pb.ListRolesRequest()),
        (
            ("role-add", "member", "--user", "ada", "--project", "web"),
            pb.AddRoleRequest(user="ada", project="web", role="member"),
        ),
        (
            ("role-remove", "member", "--user", "ada", "--project", "web"),
            pb.RemoveRoleRequest(user="ada", project="web", role="member"),
        ),
        (
            ("role-assignment-list", "--user", "ada"),
            pb.ListRoleAssignmentsRequest(user="ada"),
        ),
    ],
)
def test_what_is_asked_for_travels(
    vmctl: Vmctl, cloud: FakeCloud, arguments: tuple[str, ...], expected: object
) -> None:
    assert vmctl(*arguments).code == 0
    assert cloud.requests == [expected]


@pytest.mark.parametrize("command", [("project-show",), ("project-set", "--enable")])
def test_the_project_that_a_command_is_about_is_not_the_one_to_work_in(
    vmctl: Vmctl, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.delenv("VMCTL_TOKEN")
    vmctl("login", "--username", "ada", "--project", "ops", "--password-stdin", stdin=PASSWORD)

    assert vmctl(*command, "web").code == 0


def test_nothing_to_change_is_refused(vmctl: Vmctl) -> None:
    assert vmctl("project-set", "web").code == 2


def test_a_role_needs_its_user_and_its_project(vmctl: Vmctl) -> None:
    assert vmctl("role-add", "member", "--user", "ada").code == 2


def test_roles_are_named_not_numbered(vmctl: Vmctl) -> None:
    assert vmctl("role-list", "--quiet").out == "admin\nmember\nreader\n"
    assert "| member | ada  | web     |" in vmctl("role-assignment-list").out
