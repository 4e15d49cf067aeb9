"""Passwords: hashed, compared, and never too many at once."""

from __future__ import annotations

import pytest

from vmctld.errors import InvalidRequest, Unavailable
from vmctld.identity.passwords import MAX_PASSWORD_BYTES, Passwords
from vmctld.observe.context import bind


def test_a_password_fits_its_own_hash_alone(passwords: Passwords) -> None:
    stored = passwords.hash("open sesame")

    assert stored.startswith("$argon2id$")
    assert "sesame" not in stored
    assert passwords.verify("open sesame", stored)
    assert not passwords.verify("open barley", stored)
    assert stored != passwords.hash("open sesame")


def test_nobodys_password_is_never_right(passwords: Passwords) -> None:
    assert not passwords.verify("", None)
    assert not passwords.verify("open sesame", None)


def test_a_stored_text_that_is_no_hash_fits_nothing(passwords: Passwords) -> None:
    assert not passwords.verify("open sesame", "open sesame")


@pytest.mark.parametrize("password", ["", "x" * (MAX_PASSWORD_BYTES + 1)])
def test_empty_and_endless_passwords_are_refused_without_being_shown(
    passwords: Passwords, password: str
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        passwords.hash(password)

    assert refusal.value.code == "invalid-password"
    assert "xx" not in refusal.value.message


def test_an_endless_password_is_wrong_rather_than_slow(passwords: Passwords) -> None:
    assert not passwords.verify("x" * 10_000_000, passwords.hash("x"))


def test_a_hash_of_older_settings_is_outdated(passwords: Passwords) -> None:
    older = Passwords(memory_kib=16)

    assert passwords.is_outdated(older.hash("x"))
    assert not passwords.is_outdated(passwords.hash("x"))


def test_who_finds_no_place_in_the_queue_is_sent_away_at_once() -> None:
    passwords = Passwords(memory_kib=8, slots=1, max_waiting=0)

    with passwords.slot(), pytest.raises(Unavailable) as refusal, passwords.slot():
        pass

    assert refusal.value.code == "sign-in-busy"
    assert refusal.value.retryable


def test_who_waits_for_a_slot_waits_no_longer_than_the_request() -> None:
    passwords = Passwords(memory_kib=8, slots=1, max_waiting=1)

    with (
        passwords.slot(),
        bind(timeout_s=0.01),
        pytest.raises(Unavailable),
        passwords.slot(),
    ):
        pass


def test_a_slot_is_given_back_when_what_it_was_for_fails() -> None:
    passwords = Passwords(memory_kib=8, slots=1, max_waiting=0)
    with pytest.raises(ZeroDivisionError), passwords.slot():
        raise ZeroDivisionError

    with passwords.slot():
        pass
