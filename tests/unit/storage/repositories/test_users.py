"""Users in the database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.clock import NOON
from tests.support.identities import a_user, kept_project, kept_user
from vmctld.domain.identity import Role
from vmctld.domain.paging import Page
from vmctld.errors import NotFound
from vmctld.storage.columns import core
from vmctld.storage.database import Database
from vmctld.storage.repositories import roles, users
from vmctld.storage.tables.compute import KeypairRow


def test_a_user_comes_back_as_kept(database: Database) -> None:
    kept = kept_user(database, email="a@b.c", default_project_id="somewhere", enabled=False)

    with database.read() as tx:
        assert users.find(tx, "anna") == kept
        assert users.find(tx, kept.id.upper()) == kept


def test_a_taken_name_is_answered_rather_than_raised(database: Database) -> None:
    kept_user(database)

    with database.write() as tx:
        assert not users.add(tx, a_user(), "hash")
        assert users.page(tx, Page())[0].name == "anna"  # the transaction goes on


def test_names_are_told_apart_by_case(database: Database) -> None:
    kept_user(database, "Anna")

    with database.read() as tx:
        assert users.credentials_of(tx, "anna") is None
        with pytest.raises(NotFound):
            users.find(tx, "anna")


def test_credentials_say_what_a_sign_in_needs_and_hide_the_hash(database: Database) -> None:
    kept = kept_user(database)
    until = NOON + timedelta(minutes=1)
    with database.write() as tx:
        users.set_sign_in_failures(tx, kept.id, 5, until)

    with database.read() as tx:
        credentials = users.credentials_of(tx, "anna")

    assert credentials is not None
    assert (credentials.user, credentials.password_hash) == (kept, "hash")
    assert (credentials.failed_sign_ins, credentials.locked_until) == (5, until)
    assert "hash'" not in repr(credentials)


def test_a_name_is_taken_by_others_and_not_by_oneself(database: Database) -> None:
    kept = kept_user(database)

    with database.read() as tx:
        assert users.is_name_taken(tx, "anna", but_by="somebody")
        assert not users.is_name_taken(tx, "anna", but_by=kept.id)


def test_users_come_in_pages_by_name(database: Database) -> None:
    for name in ("c", "a", "b"):
        kept_user(database, name)

    with database.read() as tx:
        first = users.page(tx, Page(limit=2))
        rest = users.page(tx, Page(limit=2, marker=first[-1].id))

    assert [user.name for user in first + rest] == ["a", "b", "c"]


def test_whether_there_is_anybody_is_known(database: Database) -> None:
    with database.read() as tx:
        assert not users.exists_any(tx)
    kept_user(database)

    with database.read() as tx:
        assert users.exists_any(tx)


def test_a_user_goes_with_roles_and_key_pairs(database: Database) -> None:
    user, project = kept_user(database), kept_project(database)
    keypair = {
        "user_id": user.id,
        "name": "laptop",
        "kind": "ssh",
        "public_key": "ssh-ed25519 AAAA",
        "fingerprint": "SHA256:abc",
        "created_at": NOON,
    }
    with database.write() as tx:
        roles.add(tx, user.id, project.id, Role.MEMBER)
        tx.execute(core(KeypairRow).insert(), keypair)

    with database.write() as tx:
        users.remove(tx, user.id)

    with database.read() as tx:
        assert roles.assignments(tx) == []
        assert tx.execute(core(KeypairRow).select()).all() == []
