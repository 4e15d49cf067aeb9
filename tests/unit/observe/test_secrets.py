"""Secrets stay out of the log, however they got near it."""

import pytest

from vmctld.observe.secrets import SCRUBBED, scrub, without_tokens


@pytest.mark.parametrize(
    "key", ["token", "build_token", "password", "ADMIN_PASSWORD", "user_data", "authorization"]
)
def test_what_stands_under_a_secret_name_is_not_shown(key):
    assert scrub(None, "info", {key: "canary"}) == {key: SCRUBBED}


@pytest.mark.parametrize("key", ["token_id", "user", "data"])
def test_what_only_sounds_alike_is_shown(key):
    assert scrub(None, "info", {key: "abc"}) == {key: "abc"}


@pytest.mark.parametrize("kind", ["vmt", "vmb", "vms"])
def test_tokens_are_taken_out_of_texts(kind):
    token = f"{kind}_{'aZ9-_' * 8}"

    assert without_tokens(f"got {token} from ada") == f"got {SCRUBBED} from ada"


def test_secrets_are_found_however_deep_they_lie():
    event = {"request": {"password": "canary", "names": ["ada", "vmt_0123456789"]}, "n": 1}

    assert scrub(None, "info", event) == {
        "request": {"password": SCRUBBED, "names": ["ada", SCRUBBED]},
        "n": 1,
    }


def test_things_without_a_form_of_their_own_are_shown_as_text_without_tokens():
    assert without_tokens(ValueError("vmt_0123456789")) == SCRUBBED


@pytest.mark.parametrize("value", [None, True, 3, 2.5])
def test_numbers_stay_numbers(value):
    assert without_tokens(value) is value
