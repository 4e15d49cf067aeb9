"""Role assignments in the database."""

from __future__ import annotations

from tests.support.identities import kept_project, kept_user
from vmctld.domain.identity import Role, RoleAssignment
from vmctld.storage.database import Database
from vmctld.storage.repositories import projects, roles, users


def test_a_role_is_given_once_and_taken_once(database: Database) -> None:
    user, project = kept_user(database), kept_project(database)

    with database.write() as tx:
        assert roles.add(tx, user.id, project.id, Role.MEMBER)
        assert not roles.add(tx, user.id, project.id, Role.MEMBER)
        assert roles.roles_in(tx, user.id, project.id) == {Role.MEMBER}
        assert roles.remove(tx, user.id, project.id, Role.MEMBER)
        assert not roles.remove(tx, user.id, project.id, Role.MEMBER)
        assert roles.roles_in(tx, user.id, project.id) == frozenset()


def test_assignments_come_with_names_sorted_and_can_be_narrowed(database: Database) -> None:
    anna, bob = kept_user(database, "anna"), kept_user(database, "bob")
    lab, ops = kept_project(database, "lab"), kept_project(database, "ops")
    with database.write() as tx:
        roles.add(tx, bob.id, lab.id, Role.READER)
        roles.add(tx, anna.id, ops.id, Role.MEMBER)
        roles.add(tx, anna.id, lab.id, Role.ADMIN)

    with database.read() as tx:
        everything = roles.assignments(tx)
        of_bob = roles.assignments(tx, user_id=bob.id)
        in_lab = roles.assignments(tx, project_id=lab.id)

    assert [(one.user_name, one.project_name) for one in everything] == [
        ("anna", "lab"),
        ("anna", "ops"),
        ("bob", "lab"),
    ]
    assert of_bob == [RoleAssignment(bob.id, "bob", lab.id, "lab", Role.READER)]
    assert [one.user_name for one in in_lab] == ["anna", "bob"]


def test_a_users_projects_are_those_with_any_role(database: Database) -> None:
    anna = kept_user(database)
    kept_project(database, "other")
    lab = kept_project(database, "lab")
    with database.write() as tx:
        roles.add(tx, anna.id, lab.id, Role.READER)
        roles.add(tx, anna.id, lab.id, Role.MEMBER)

    with database.read() as tx:
        assert roles.projects_of(tx, anna.id) == [lab]


def test_an_admin_counts_while_user_and_project_are_enabled(database: Database) -> None:
    anna, lab = kept_user(database), kept_project(database)

    with database.write() as tx:
        roles.add(tx, anna.id, lab.id, Role.MEMBER)
        assert not roles.is_anybody_admin(tx)
        roles.add(tx, anna.id, lab.id, Role.ADMIN)
        assert roles.is_anybody_admin(tx)

        users.change(tx, anna.id, {"enabled": False})
        assert not roles.is_anybody_admin(tx)
        users.change(tx, anna.id, {"enabled": True})
        projects.change(tx, lab.id, {"enabled": False})
        assert not roles.is_anybody_admin(tx)
