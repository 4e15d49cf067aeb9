"""Roles: given and taken away."""

from __future__ import annotations

import pytest

from vmctld.domain.identity import Caller, Role
from vmctld.errors import InvalidRequest, NotFound, WrongState
from vmctld.identity.service import Identity


def test_a_role_can_be_given_twice_and_is_there_once(identity: Identity, anna: Caller) -> None:
    first = identity.roles.add_role("anna", "lab", "reader")
    second = identity.roles.add_role(anna.user_id, anna.project_id, " Reader ")

    assert first == second
    roles = [one.role for one in identity.roles.list_assignments(user="anna")]
    assert roles == [Role.MEMBER, Role.READER]


def test_assignments_are_listed_by_user_and_by_project(identity: Identity, anna: Caller) -> None:
    identity.roles.add_role("anna", "admin", "reader")

    everything = [(one.user_name, one.project_name) for one in identity.roles.list_assignments()]
    in_admin = [one.user_name for one in identity.roles.list_assignments(project="admin")]

    assert everything == [("admin", "admin"), ("anna", "admin"), ("anna", "lab")]
    assert in_admin == ["admin", "anna"]


def test_a_role_that_was_not_given_cannot_be_taken_away(identity: Identity, anna: Caller) -> None:
    with pytest.raises(NotFound) as refusal:
        identity.roles.remove_role("anna", "lab", "admin")

    assert refusal.value.code == "assignment-not-found"


def test_an_unknown_role_is_refused_with_those_there_are(identity: Identity, anna: Caller) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        identity.roles.add_role("anna", "lab", "owner")

    assert refusal.value.code == "unknown-role"
    assert "admin, member, reader" in refusal.value.hint


def test_the_last_admin_keeps_the_role(identity: Identity) -> None:
    with pytest.raises(WrongState) as refusal:
        identity.roles.remove_role("admin", "admin", "admin")

    assert refusal.value.code == "last-admin"
    assert [one.role for one in identity.roles.list_assignments(user="admin")] == [Role.ADMIN]
