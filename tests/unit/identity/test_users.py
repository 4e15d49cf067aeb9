"""Users: made, shown, changed and deleted, and who may do which of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vmctld.domain.identity import Caller, Role, UserChanges
from vmctld.domain.paging import Page
from vmctld.errors import (
    AlreadyExists,
    Forbidden,
    InvalidRequest,
    NotFound,
    Unauthenticated,
    WrongState,
)
from vmctld.identity.service import Identity

ADMIN_PASSWORD = "correct horse"


def test_a_new_user_is_enabled_and_found_by_name_and_by_id(
    identity: Identity, admin: Caller
) -> None:
    made = identity.users.create_user(" bob ", "secret", "bob@example.org", "admin")

    assert made.enabled
    assert made.default_project_id == admin.project_id
    assert identity.users.get_user(admin, "bob") == made
    assert identity.users.get_user(admin, made.id.replace("-", "").upper()) == made


def test_a_name_can_be_had_once(identity: Identity, admin: Caller, anna: Caller) -> None:
    with pytest.raises(AlreadyExists) as refusal:
        identity.users.create_user("anna", "secret")
    assert refusal.value.code == "user-exists"

    with pytest.raises(AlreadyExists):
        identity.users.update_user(admin, "admin", UserChanges(name="anna"))


def test_keeping_ones_name_is_no_clash(identity: Identity, admin: Caller, anna: Caller) -> None:
    same = identity.users.update_user(admin, "anna", UserChanges(name="anna"))

    assert same.name == "anna"


@pytest.mark.parametrize(
    ("name", "password", "email"),
    [
        ("", "x", ""),
        ("a\nb", "x", ""),
        ("bob", "", ""),
        ("bob", "x", "b\x00"),
        ("bob", "x", "e" * 255),
    ],
)
def test_bad_input_makes_no_user(
    identity: Identity, admin: Caller, name: str, password: str, email: str
) -> None:
    with pytest.raises(InvalidRequest):
        identity.users.create_user(name, password, email)

    assert [user.name for user in identity.users.list_users(Page())] == ["admin"]


def test_a_user_of_a_project_that_is_not_there_is_not_made(identity: Identity) -> None:
    with pytest.raises(NotFound) as refusal:
        identity.users.create_user("bob", "secret", default_project="nowhere")

    assert refusal.value.code == "project-not-found"


def test_the_list_is_sorted_and_comes_in_pages(identity: Identity) -> None:
    for name in ("zoe", "bob"):
        identity.users.create_user(name, "secret")

    first = identity.users.list_users(Page(limit=2))
    rest = identity.users.list_users(Page(limit=2, marker=first[-1].id))

    assert [user.name for user in first + rest] == ["admin", "bob", "zoe"]


def test_every_property_can_be_changed(identity: Identity, admin: Caller, anna: Caller) -> None:
    identity.projects.create_project("ops")
    changes = UserChanges(name="ann", email="ann@example.org", enabled=False, default_project="ops")

    changed = identity.users.update_user(admin, "anna", changes)

    assert (changed.name, changed.email, changed.enabled) == ("ann", "ann@example.org", False)
    cleared = identity.users.update_user(admin, "ann", UserChanges(default_project=""))
    assert cleared.default_project_id is None


def test_a_new_password_is_the_only_one_that_works_and_ends_a_lockout(
    identity: Identity, admin: Caller, anna: Caller
) -> None:
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            identity.sign_ins.sign_in("anna", "guess", "")

    identity.users.update_user(admin, "anna", UserChanges(password="new"))

    assert identity.sign_ins.sign_in("anna", "new", "")


def test_a_member_looks_at_and_after_themselves_alone(identity: Identity, anna: Caller) -> None:
    assert identity.users.get_user(anna, "anna").id == anna.user_id
    assert (
        identity.users.update_user(anna, anna.user_id, UserChanges(email="a@b.c")).email == "a@b.c"
    )

    with pytest.raises(Forbidden):
        identity.users.get_user(anna, "admin")
    with pytest.raises(Forbidden):
        identity.users.update_user(anna, "admin", UserChanges(password="mine now"))
    with pytest.raises(Forbidden):
        identity.users.update_user(anna, "anna", UserChanges(name="root"))


def test_nobody_locks_themselves_out(identity: Identity, admin: Caller) -> None:
    with pytest.raises(WrongState) as disabling:
        identity.users.update_user(admin, "admin", UserChanges(enabled=False))
    with pytest.raises(WrongState) as deleting:
        identity.users.delete_user(admin, "admin")

    assert disabling.value.code == deleting.value.code == "own-account"


def test_the_last_admin_stays(identity: Identity, anna: Caller) -> None:
    somebody = replace(anna, roles=frozenset({Role.ADMIN}))  # until a moment ago, say

    with pytest.raises(WrongState) as disabling:
        identity.users.update_user(somebody, "admin", UserChanges(enabled=False))
    with pytest.raises(WrongState) as deleting:
        identity.users.delete_user(somebody, "admin")

    assert disabling.value.code == deleting.value.code == "last-admin"
    assert identity.sign_ins.sign_in("admin", ADMIN_PASSWORD, "")


def test_one_of_two_admins_can_go(identity: Identity, admin: Caller, anna: Caller) -> None:
    identity.roles.add_role("anna", "lab", "admin")

    identity.users.delete_user(anna, "admin")

    assert [user.name for user in identity.users.list_users(Page())] == ["anna"]


def test_deleting_who_is_gone_says_so(identity: Identity, admin: Caller, anna: Caller) -> None:
    identity.users.delete_user(admin, "anna")

    with pytest.raises(NotFound) as refusal:
        identity.users.delete_user(admin, "anna")

    assert refusal.value.code == "user-not-found"
