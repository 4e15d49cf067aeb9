"""Sign-in: a name and a password become a token, or a refusal that tells no more than it must."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.clock import FakeClock
from vmctld.domain.identity import Caller, ProjectChanges, Role, UserChanges
from vmctld.errors import Forbidden, InvalidRequest, Unauthenticated
from vmctld.identity.passwords import Passwords
from vmctld.identity.service import Identity
from vmctld.storage.database import Database

ADMIN_PASSWORD = "correct horse"


def refusal_of(identity: Identity, name: str, password: str, project: str = "") -> Unauthenticated:
    with pytest.raises(Unauthenticated) as refusal:
        identity.sign_ins.sign_in(name, password, project)
    return refusal.value


def test_the_right_password_gives_a_token_that_says_who_and_where(identity: Identity) -> None:
    token = identity.sign_ins.sign_in("admin", ADMIN_PASSWORD, "")

    caller = identity.tokens.validate(token)

    assert token.startswith("vmt_")
    assert (caller.user_name, caller.project_name) == ("admin", "admin")
    assert caller.roles == {Role.ADMIN}


def test_a_token_keeps_how_long_steps_1_and_2_took(admin: Caller) -> None:
    assert admin.signed_in is not None
    looked_up, checked = admin.signed_in
    assert looked_up.duration_ms > 0
    assert checked.duration_ms > 0
    assert looked_up.started_at <= checked.started_at


def test_the_database_holds_neither_token_nor_password(
    identity: Identity, database: Database, tmp_path: Path
) -> None:
    token = identity.sign_ins.sign_in("admin", ADMIN_PASSWORD, "")
    with database.write() as tx:
        tx.execute(text("SELECT 1"))
    database.close()  # folds the log into the file

    stored = (tmp_path / "vmctl.db").read_bytes()

    assert token.encode() not in stored
    assert ADMIN_PASSWORD.encode() not in stored


def test_a_wrong_password_and_an_unknown_name_are_refused_in_the_same_words(
    identity: Identity,
) -> None:
    wrong = refusal_of(identity, "admin", "guess")
    unknown = refusal_of(identity, "nobody", "guess")

    assert wrong.code == unknown.code == "wrong-credentials"
    assert (wrong.message, wrong.hint) == (unknown.message, unknown.hint)


@pytest.mark.parametrize("name", ["admin", "nobody"])
def test_the_fifth_failure_locks_even_the_right_password_out(
    identity: Identity, clock: FakeClock, name: str
) -> None:
    for _ in range(5):
        assert refusal_of(identity, name, "guess").code == "wrong-credentials"

    locked = refusal_of(identity, name, ADMIN_PASSWORD)

    assert locked.code == "sign-in-locked"
    assert "12:01:00 UTC" in locked.message


def test_a_lock_ends_by_itself_and_the_next_failure_doubles_it(
    identity: Identity, clock: FakeClock
) -> None:
    for _ in range(5):
        refusal_of(identity, "admin", "guess")
    clock.advance(61)

    refusal_of(identity, "admin", "guess")

    clock.advance(61)
    assert refusal_of(identity, "admin", ADMIN_PASSWORD).code == "sign-in-locked"
    clock.advance(60)
    assert identity.sign_ins.sign_in("admin", ADMIN_PASSWORD, "")


def test_a_success_forgives_the_failures_before_it(identity: Identity) -> None:
    for _ in range(4):
        refusal_of(identity, "admin", "guess")
    identity.sign_ins.sign_in("admin", ADMIN_PASSWORD, "")

    for _ in range(4):
        refusal_of(identity, "admin", "guess")

    assert identity.sign_ins.sign_in("admin", ADMIN_PASSWORD, "")


def test_a_lock_survives_a_restart(
    identity: Identity, database: Database, clock: FakeClock, passwords: Passwords, tmp_path: Path
) -> None:
    for _ in range(5):
        refusal_of(identity, "admin", "guess")

    restarted = Identity(database, clock=clock, passwords=passwords)
    restarted.start(tmp_path)

    assert refusal_of(restarted, "admin", ADMIN_PASSWORD).code == "sign-in-locked"


def test_many_guesses_at_once_are_locked_out_as_well(identity: Identity) -> None:
    codes: list[str] = []

    def guess() -> None:
        codes.append(refusal_of(identity, "admin", "guess").code)

    guesses = [threading.Thread(target=guess) for _ in range(12)]
    for thread in guesses:
        thread.start()
    for thread in guesses:
        thread.join()

    assert codes.count("wrong-credentials") <= 6  # as many more as there are slots, less one
    assert codes.count("sign-in-locked") >= 6


def test_many_right_sign_ins_at_once_all_succeed(identity: Identity) -> None:
    tokens: list[str] = []

    def sign_in() -> None:
        tokens.append(identity.sign_ins.sign_in("admin", ADMIN_PASSWORD, ""))

    signing_in = [threading.Thread(target=sign_in) for _ in range(12)]
    for thread in signing_in:
        thread.start()
    for thread in signing_in:
        thread.join()

    assert len(set(tokens)) == 12


def test_a_disabled_user_is_told_so_only_with_the_right_password(
    identity: Identity, admin: Caller, anna: Caller
) -> None:
    identity.users.update_user(admin, "anna", UserChanges(enabled=False))

    assert refusal_of(identity, "anna", "guess").code == "wrong-credentials"
    assert refusal_of(identity, "anna", "anna's").code == "user-disabled"


def test_a_hash_of_older_settings_is_renewed_at_the_next_sign_in(
    identity: Identity, database: Database, clock: FakeClock
) -> None:
    newer = Identity(database, clock=clock, passwords=Passwords(memory_kib=16))

    newer.sign_ins.sign_in("admin", ADMIN_PASSWORD, "")

    with database.read() as tx:
        stored = tx.execute(text("SELECT password_hash FROM users")).scalar_one()
    assert "m=16," in stored
    assert newer.sign_ins.sign_in("admin", ADMIN_PASSWORD, "")


def test_a_password_changed_while_it_was_checked_gives_no_token(
    identity: Identity, admin: Caller, passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = passwords.verify

    def slowly(password: str, stored: str | None) -> bool:
        right = verify(password, stored)
        identity.users.update_user(admin, "admin", UserChanges(password="another"))
        return right

    monkeypatch.setattr(passwords, "verify", slowly)

    assert refusal_of(identity, "admin", ADMIN_PASSWORD).code == "wrong-credentials"


def test_a_project_can_be_named_or_given_by_id(identity: Identity, anna: Caller) -> None:
    identity.projects.create_project("ops")
    identity.roles.add_role("anna", "ops", "reader")

    by_name = identity.sign_ins.sign_in("anna", "anna's", "ops")
    by_id = identity.sign_ins.sign_in("anna", "anna's", anna.project_id.upper())

    assert identity.tokens.validate(by_name).project_name == "ops"
    assert identity.tokens.validate(by_id).project_name == "lab"


@pytest.mark.parametrize("project", ["admin", "no-such-project"])
def test_a_project_of_others_is_as_unknown_as_none(
    identity: Identity, anna: Caller, project: str
) -> None:
    with pytest.raises(Forbidden) as refusal:
        identity.sign_ins.sign_in("anna", "anna's", project)

    assert refusal.value.code == "no-project"
    assert "lab" in refusal.value.hint


def test_who_works_in_several_projects_without_a_default_is_asked_for_one(
    identity: Identity,
) -> None:
    identity.users.create_user("bob", "bob's")
    for project in ("east", "west"):
        identity.projects.create_project(project)
        identity.roles.add_role("bob", project, "member")

    with pytest.raises(InvalidRequest) as refusal:
        identity.sign_ins.sign_in("bob", "bob's", "")

    assert refusal.value.code == "project-required"
    assert refusal.value.facts["projects"] == ["east", "west"]


def test_the_only_project_needs_no_naming(identity: Identity) -> None:
    identity.users.create_user("bob", "bob's")
    identity.projects.create_project("east")
    identity.roles.add_role("bob", "east", "member")

    token = identity.sign_ins.sign_in("bob", "bob's", "")

    assert identity.tokens.validate(token).project_name == "east"


def test_who_has_no_role_anywhere_gets_no_token(identity: Identity) -> None:
    identity.users.create_user("bob", "bob's")

    with pytest.raises(Forbidden) as refusal:
        identity.sign_ins.sign_in("bob", "bob's", "")

    assert refusal.value.code == "no-project"


def test_nobody_signs_in_to_a_disabled_project(identity: Identity, anna: Caller) -> None:
    identity.projects.update_project("lab", ProjectChanges(enabled=False))

    with pytest.raises(Forbidden) as refusal:
        identity.sign_ins.sign_in("anna", "anna's", "lab")

    assert refusal.value.code == "project-disabled"
