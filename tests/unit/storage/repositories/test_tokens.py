"""Tokens in the database, by their hashes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from tests.support.clock import NOON
from tests.support.identities import kept_project, kept_user
from vmctld.domain.identity import Project, Role, StepTiming, TokenKind, User
from vmctld.storage.database import Database
from vmctld.storage.repositories import projects, roles, tokens, users
from vmctld.storage.repositories.tokens import NewToken

HOUR = timedelta(hours=1)


@pytest.fixture
def anna(database: Database) -> User:
    return kept_user(database)


@pytest.fixture
def lab(database: Database) -> Project:
    return kept_project(database)


@pytest.fixture
def token(anna: User, lab: Project) -> NewToken:
    return NewToken(
        id="a" * 64,
        kind=TokenKind.USER,
        user_id=anna.id,
        project_id=lab.id,
        issued_at=NOON,
        expires_at=NOON + HOUR,
        signed_in=(StepTiming(NOON, 1.25), StepTiming(NOON + HOUR, 80.5)),
    )


@pytest.fixture
def build(token: NewToken) -> NewToken:
    return replace(
        token,
        id="b" * 64,
        kind=TokenKind.BUILD,
        instance_id="i",
        attempt=1,
        calls=("/x/Y", "/x/Z"),
        signed_in=None,
    )


def test_a_token_says_what_its_user_is_today(
    database: Database, anna: User, lab: Project, token: NewToken
) -> None:
    with database.write() as tx:
        tokens.add(tx, token)
        roles.add(tx, anna.id, lab.id, Role.MEMBER)
        roles.add(tx, anna.id, lab.id, Role.READER)
        users.change(tx, anna.id, {"name": "ann"})
        projects.change(tx, lab.id, {"enabled": False})

        known = tokens.find(tx, token.id)

    assert known is not None
    caller = known.caller
    assert (caller.user_name, caller.project_name, caller.kind) == ("ann", "lab", TokenKind.USER)
    assert caller.roles == {Role.MEMBER, Role.READER}
    assert (caller.issued_at, caller.expires_at) == (NOON, NOON + HOUR)
    assert caller.signed_in == token.signed_in
    assert (known.user_enabled, known.project_enabled) == (True, False)


def test_a_token_of_a_user_without_a_role_is_known_all_the_same(
    database: Database, token: NewToken
) -> None:
    with database.write() as tx:
        tokens.add(tx, token)
        known = tokens.find(tx, token.id)

    assert known is not None
    assert known.caller.roles == frozenset()


def test_what_was_never_kept_is_not_known(database: Database) -> None:
    with database.read() as tx:
        assert tokens.find(tx, "c" * 64) is None


def test_a_build_has_one_token_for_each_attempt(database: Database, build: NewToken) -> None:
    again = replace(build, id="c" * 64, calls=("/x/Y",))
    second = replace(build, id="d" * 64, attempt=2)

    with database.write() as tx:
        tokens.set_build_token(tx, build)
        tokens.set_build_token(tx, second)
        tokens.set_build_token(tx, again)

        assert tokens.find(tx, build.id) is None
        known = tokens.find(tx, again.id)
        assert tokens.find(tx, second.id) is not None

    assert known is not None
    assert (known.caller.instance_id, known.caller.attempt) == ("i", 1)
    assert known.caller.calls == {"/x/Y"}
    assert known.caller.signed_in is None


def test_a_user_may_have_many_tokens(database: Database, token: NewToken) -> None:
    with database.write() as tx:
        tokens.add(tx, token)
        tokens.add(tx, replace(token, id="c" * 64))


def test_there_is_no_token_of_nobody(database: Database, token: NewToken) -> None:
    def add_token_of_nobody() -> None:
        with database.write() as tx:
            tokens.add(tx, replace(token, user_id="nobody"))

    with pytest.raises(IntegrityError):
        add_token_of_nobody()


def test_tokens_end_one_by_one_by_user_and_by_build(
    database: Database, anna: User, token: NewToken, build: NewToken
) -> None:
    with database.write() as tx:
        for one in (token, replace(token, id="c" * 64), build):
            tokens.add(tx, one)

        assert tokens.remove(tx, token.id)
        assert not tokens.remove(tx, token.id)
        assert tokens.remove_of_builds(tx, "i") == 1
        assert tokens.remove_of_builds(tx, "i") == 0
        tokens.remove_of_user(tx, anna.id)
        assert tokens.find(tx, "c" * 64) is None


def test_old_tokens_are_forgotten(database: Database, token: NewToken) -> None:
    with database.write() as tx:
        tokens.add(tx, token)

        assert tokens.remove_expired(tx, NOON + HOUR) == 0
        assert tokens.remove_expired(tx, NOON + 2 * HOUR) == 1


def test_the_latest_time_never_goes_back(database: Database) -> None:
    with database.write() as tx:
        assert tokens.latest_time(tx) is None
        tokens.note_time(tx, NOON)
        tokens.note_time(tx, NOON - HOUR)
        assert tokens.latest_time(tx) == NOON
        tokens.note_time(tx, NOON + HOUR)
        assert tokens.latest_time(tx) == NOON + HOUR
