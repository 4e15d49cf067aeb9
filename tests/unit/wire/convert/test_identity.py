"""Users, projects and roles on the wire."""

from __future__ import annotations

from dataclasses import replace

from tests.support.filled import filled
from tests.support.round_trip import assert_survives
from vmctl.v1 import identity_pb2 as pb
from vmctld.domain.identity import (
    Project,
    ProjectChanges,
    RoleAssignment,
    User,
    UserChanges,
)
from vmctld.wire.convert.identity import (
    assignment_from_proto,
    assignment_to_proto,
    project_changes_from_proto,
    project_from_proto,
    project_to_proto,
    user_changes_from_proto,
    user_from_proto,
    user_to_proto,
)


def test_a_user_survives() -> None:
    assert_survives(filled(User), user_to_proto, user_from_proto)


def test_a_user_without_a_default_project_has_none() -> None:
    user = replace(filled(User), default_project_id=None)

    assert user_from_proto(user_to_proto(user)) == user


def test_a_project_survives() -> None:
    assert_survives(filled(Project), project_to_proto, project_from_proto)


def test_a_role_assignment_survives() -> None:
    assert_survives(filled(RoleAssignment), assignment_to_proto, assignment_from_proto)


def test_changes_of_a_user_are_what_is_there_and_nothing_else() -> None:
    assert user_changes_from_proto(pb.UpdateUserRequest(user="anna")) == UserChanges()
    request = pb.UpdateUserRequest(
        user="anna", name="ann", password="new", email="", enabled=False, default_project=""
    )
    assert user_changes_from_proto(request) == UserChanges("ann", "new", "", False, "")


def test_changes_of_a_project_are_what_is_there_and_nothing_else() -> None:
    assert project_changes_from_proto(pb.UpdateProjectRequest(project="lab")) == ProjectChanges()
    request = pb.UpdateProjectRequest(project="lab", name="ops", description="", enabled=False)
    assert project_changes_from_proto(request) == ProjectChanges("ops", "", False)


def test_a_new_password_is_not_shown_by_accident() -> None:
    changes = user_changes_from_proto(pb.UpdateUserRequest(user="anna", password="hush"))

    assert "hush" not in repr(changes)
