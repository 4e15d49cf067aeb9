"""Tokens: what they say, what ends them, and what cannot revive them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.clock import FakeClock
from vmctld.domain.identity import Caller, ProjectChanges, TokenKind, UserChanges
from vmctld.errors import Forbidden, InvalidRequest, NotFound, Unauthenticated
from vmctld.identity.passwords import Passwords
from vmctld.identity.service import Identity
from vmctld.identity.tokens import BuildGrant
from vmctld.storage.database import Database

ADMIN_PASSWORD = "correct horse"
INSTANCE = "6a3f0c0e-3c6f-4a0e-9a53-0d7d2b9f5a11"
CALLS = ("/vmctl.v1.ImageService/LocateImage", "/vmctl.v1.NetworkService/EnsurePorts")


def refusal_code(identity: Identity, token: str) -> str:
    with pytest.raises(Unauthenticated) as refusal:
        identity.tokens.validate(token)
    return refusal.value.code


def a_grant(user: Caller, attempt: int = 1, lifetime_s: int = 600) -> BuildGrant:
    return BuildGrant(INSTANCE, attempt, user.user_id, user.project_id, CALLS, lifetime_s)


@pytest.fixture
def conductor(identity: Identity) -> Caller:
    return identity.tokens.validate(identity.services.issue("conductor"))


@pytest.fixture
def token(identity: Identity, anna: Caller) -> str:
    return identity.sign_ins.sign_in("anna", "anna's", "")


def test_a_token_lives_a_day_by_default(identity: Identity, token: str, clock: FakeClock) -> None:
    clock.advance(24 * 3600 - 1)
    assert identity.tokens.validate(token).user_name == "anna"

    clock.advance(1)
    assert refusal_code(identity, token) == "token-expired"


def test_the_lifetime_is_a_setting(
    database: Database, clock: FakeClock, passwords: Passwords, tmp_path: Path
) -> None:
    identity = Identity(
        database,
        clock=clock,
        monotonic=clock.monotonic,
        passwords=passwords,
        token_lifetime_s=5,
    )
    identity.start(tmp_path, ADMIN_PASSWORD)
    token = identity.sign_ins.sign_in("admin", ADMIN_PASSWORD, "")

    clock.advance(5)

    assert refusal_code(identity, token) == "token-expired"


@pytest.mark.parametrize("token", ["", "vmt_guess", "vmb_guess", "vms_guess", "x" * 5000, "ü"])
def test_what_was_never_issued_is_not_known(identity: Identity, token: str) -> None:
    assert refusal_code(identity, token) == "token-invalid"


def test_signing_out_ends_this_token_alone(identity: Identity, anna: Caller, token: str) -> None:
    identity.tokens.sign_out(identity.tokens.validate(token))

    assert refusal_code(identity, token) == "token-invalid"
    assert identity.tokens.validate(identity.sign_ins.sign_in("anna", "anna's", ""))


def test_a_revoked_token_is_gone_and_revoking_it_again_says_so(
    identity: Identity, token: str
) -> None:
    identity.tokens.revoke(token)

    assert refusal_code(identity, token) == "token-invalid"
    with pytest.raises(NotFound):
        identity.tokens.revoke(token)


def test_disabling_a_user_ends_their_tokens_and_enabling_revives_them(
    identity: Identity, admin: Caller, token: str
) -> None:
    identity.users.update_user(admin, "anna", UserChanges(enabled=False))
    assert refusal_code(identity, token) == "user-disabled"

    identity.users.update_user(admin, "anna", UserChanges(enabled=True))
    assert identity.tokens.validate(token)


def test_disabling_a_project_ends_the_tokens_in_it(identity: Identity, token: str) -> None:
    identity.projects.update_project("lab", ProjectChanges(enabled=False))

    assert refusal_code(identity, token) == "project-disabled"


def test_a_role_taken_away_is_gone_from_every_token_at_once(identity: Identity, token: str) -> None:
    identity.roles.add_role("anna", "lab", "reader")
    identity.roles.remove_role("anna", "lab", "member")
    assert identity.tokens.validate(token).roles == {"reader"}

    identity.roles.remove_role("anna", "lab", "reader")
    assert refusal_code(identity, token) == "role-lost"


def test_a_new_password_ends_all_tokens_of_the_user(
    identity: Identity, admin: Caller, token: str
) -> None:
    identity.users.update_user(admin, "anna", UserChanges(password="new"))

    assert refusal_code(identity, token) == "token-invalid"


def test_a_deleted_users_tokens_are_gone(identity: Identity, admin: Caller, token: str) -> None:
    identity.users.delete_user(admin, "anna")

    assert refusal_code(identity, token) == "token-invalid"


def test_caches_are_told_whenever_a_token_may_have_become_worse(
    identity: Identity, admin: Caller, token: str
) -> None:
    emptied: list[str] = []
    identity.tokens.on_change(lambda: emptied.append("emptied"))

    identity.roles.remove_role("anna", "lab", "member")
    identity.projects.update_project("lab", ProjectChanges(enabled=False))
    identity.users.update_user(admin, "anna", UserChanges(enabled=False))
    identity.tokens.revoke(token)
    identity.users.delete_user(admin, "anna")
    identity.projects.delete_project(admin, "lab")

    assert len(emptied) == 6


def test_a_clock_set_back_by_years_revives_no_expired_token(
    identity: Identity, token: str, clock: FakeClock
) -> None:
    clock.advance(2 * 24 * 3600)
    assert refusal_code(identity, token) == "token-expired"

    clock.jump(days=-3650)

    assert refusal_code(identity, token) == "token-expired"


def test_nor_does_it_after_a_restart(
    identity: Identity,
    token: str,
    database: Database,
    clock: FakeClock,
    passwords: Passwords,
    tmp_path: Path,
) -> None:
    clock.advance(25 * 3600)
    identity.sign_ins.sign_in("anna", "anna's", "")
    clock.jump(days=-3650)

    restarted = Identity(database, clock=clock, passwords=passwords)
    restarted.start(tmp_path)

    assert refusal_code(restarted, token) == "token-expired"


def test_a_clock_set_back_does_not_lock_those_out_who_are_signed_in(
    identity: Identity, token: str, clock: FakeClock
) -> None:
    clock.jump(hours=-1)

    assert identity.tokens.validate(token)
    assert identity.tokens.validate(identity.sign_ins.sign_in("anna", "anna's", ""))


def test_a_token_from_the_future_of_another_clock_is_refused(
    identity: Identity, token: str, database: Database, clock: FakeClock, passwords: Passwords
) -> None:
    clock.jump(minutes=-6)
    other = Identity(database, clock=clock, passwords=passwords)  # not started: knows no mark

    assert refusal_code(other, token) == "token-not-yet-valid"
    clock.jump(minutes=2)
    assert other.tokens.validate(token)


def test_a_build_token_stands_for_its_user_in_one_build(
    identity: Identity, anna: Caller, conductor: Caller, clock: FakeClock
) -> None:
    token, expires_at = identity.tokens.issue_build_token(conductor, a_grant(anna))

    caller = identity.tokens.validate(token)

    assert token.startswith("vmb_")
    assert caller.kind is TokenKind.BUILD
    assert (caller.user_id, caller.project_id) == (anna.user_id, anna.project_id)
    assert (caller.instance_id, caller.attempt) == (INSTANCE, 1)
    assert caller.calls == set(CALLS)
    assert caller.roles == anna.roles
    assert caller.expires_at == expires_at == clock.now + timedelta(seconds=600)


def test_a_build_token_issued_anew_replaces_the_one_before(
    identity: Identity, anna: Caller, conductor: Caller
) -> None:
    first, _ = identity.tokens.issue_build_token(conductor, a_grant(anna))
    second, _ = identity.tokens.issue_build_token(conductor, a_grant(anna))

    assert refusal_code(identity, first) == "token-invalid"
    assert identity.tokens.validate(second).attempt == 1


def test_attempts_have_a_token_each(identity: Identity, anna: Caller, conductor: Caller) -> None:
    newer, _ = identity.tokens.issue_build_token(conductor, a_grant(anna, attempt=2))

    older, _ = identity.tokens.issue_build_token(conductor, a_grant(anna, attempt=1))

    assert identity.tokens.validate(newer).attempt == 2
    assert identity.tokens.validate(older).attempt == 1


def test_the_end_of_a_build_ends_its_tokens(
    identity: Identity, anna: Caller, conductor: Caller, token: str
) -> None:
    build, _ = identity.tokens.issue_build_token(conductor, a_grant(anna))

    identity.tokens.end_build_tokens(INSTANCE)
    identity.tokens.end_build_tokens(INSTANCE)

    assert refusal_code(identity, build) == "token-invalid"
    assert identity.tokens.validate(token)


def test_a_build_ends_with_its_users_right_to_it(
    identity: Identity, admin: Caller, anna: Caller, conductor: Caller
) -> None:
    build, _ = identity.tokens.issue_build_token(conductor, a_grant(anna))

    identity.roles.remove_role("anna", "lab", "member")

    assert refusal_code(identity, build) == "role-lost"


def test_a_build_outlives_the_sign_out_of_its_user(
    identity: Identity, anna: Caller, conductor: Caller, token: str
) -> None:
    build, _ = identity.tokens.issue_build_token(conductor, a_grant(anna))

    identity.tokens.revoke(token)

    assert identity.tokens.validate(build)


def test_an_expired_build_token_does_not_tell_anybody_to_sign_in(
    identity: Identity, anna: Caller, conductor: Caller, clock: FakeClock
) -> None:
    build, _ = identity.tokens.issue_build_token(conductor, a_grant(anna, lifetime_s=10))
    clock.advance(10)

    with pytest.raises(Unauthenticated) as refusal:
        identity.tokens.validate(build)

    assert refusal.value.code == "token-expired"
    assert refusal.value.hint == ""


def test_only_services_issue_build_tokens(identity: Identity, admin: Caller) -> None:
    with pytest.raises(Forbidden) as refusal:
        identity.tokens.issue_build_token(admin, a_grant(admin))

    assert refusal.value.code == "service-only"


def test_there_is_no_build_token_for_a_user_who_is_gone(
    identity: Identity, admin: Caller, anna: Caller, conductor: Caller
) -> None:
    identity.users.delete_user(admin, "anna")

    with pytest.raises(Unauthenticated) as refusal:
        identity.tokens.issue_build_token(conductor, a_grant(anna))

    assert refusal.value.code == "user-gone"


@pytest.mark.parametrize(("attempt", "lifetime_s"), [(0, 600), (1, 0), (1, 3601)])
def test_a_grant_that_makes_no_sense_is_refused(
    identity: Identity, anna: Caller, conductor: Caller, attempt: int, lifetime_s: int
) -> None:
    with pytest.raises(InvalidRequest):
        identity.tokens.issue_build_token(conductor, a_grant(anna, attempt, lifetime_s))


def test_tokens_that_ended_long_ago_are_forgotten(
    identity: Identity, token: str, clock: FakeClock
) -> None:
    clock.advance(24 * 3600)
    assert identity.tokens.purge() == 0
    assert refusal_code(identity, token) == "token-expired"

    clock.advance(24 * 3600 + 1)
    assert identity.tokens.purge() == 2  # the fixture's own sign-in as well
    assert refusal_code(identity, token) == "token-invalid"
