"""What a name may be, and which thing a reference means."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from vmctld.domain.names import check_name, looks_like_id, not_found, only_match
from vmctld.errors import Conflict, InvalidRequest, NotFound

CANONICAL = "0f9c1e52-7a54-4a3e-9d5f-0c6d0a1b2c3d"


@dataclass(frozen=True)
class Thing:
    id: str
    name: str


@pytest.mark.parametrize(
    "text",
    [
        CANONICAL,
        CANONICAL.upper(),
        CANONICAL.replace("-", ""),
        f"  {CANONICAL.replace('-', '').upper()} ",
    ],
)
def test_an_id_is_understood_in_any_case_and_without_dashes(text: str) -> None:
    assert looks_like_id(text) == CANONICAL


@pytest.mark.parametrize(
    "text",
    ["", "web", CANONICAL[:-1], CANONICAL + "0", "{" + CANONICAL + "}", "g" * 32, "\u0660" * 32],
)
def test_what_is_no_uuid_is_no_id(text: str) -> None:
    assert looks_like_id(text) is None


@pytest.mark.parametrize("name", ["web", "a" * 255, "Ärger mit Öl", "two words", "a-b_c.d:e@f"])
def test_a_printable_name_is_taken_as_it_is(name: str) -> None:
    assert check_name(name, "server") == name


def test_blanks_around_a_name_are_taken_away() -> None:
    assert check_name("  web 1\n", "server") == "web 1"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "is empty"),
        (" \t ", "is empty"),
        ("a" * 256, "has 256 characters"),
        ("a\nb", "unprintable at character 2"),
        ("\x1b[31mred", "unprintable at character 1"),
        ("a\u202eb", "unprintable at character 2"),
        ("a\ud800", "unprintable at character 2"),
        ("-rf", "begins with a dash"),
        ("web,hostfwd", "holds a ','"),
        ("a=b", "holds a '='"),
    ],
)
def test_a_bad_name_is_refused_and_told_why(name: str, problem: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        check_name(name, "server")

    assert refusal.value.code == "invalid-name"
    assert problem in refusal.value.message
    assert "server" in refusal.value.message


def test_a_reference_means_the_thing_of_that_id_or_of_that_name() -> None:
    web = Thing(CANONICAL, "web")
    things = [web, Thing("1" * 8, "db")]

    assert only_match(things, CANONICAL.upper(), "server") is web
    assert only_match(things, " web ", "server") is web


def test_an_id_wins_over_a_name_that_looks_like_it() -> None:
    web = Thing(CANONICAL, "web")
    impostor = Thing("other", CANONICAL)

    assert only_match([impostor, web], CANONICAL, "server") is web
    assert only_match([impostor], CANONICAL, "server") is impostor


def test_an_ambiguous_name_lists_its_matches() -> None:
    with pytest.raises(Conflict) as refusal:
        only_match([Thing("1", "web"), Thing("2", "web"), Thing("3", "db")], "web", "server")

    assert refusal.value.code == "ambiguous-name"
    assert refusal.value.facts["matches"] == [
        {"id": "1", "name": "web"},
        {"id": "2", "name": "web"},
    ]


def test_a_reference_to_nothing_is_not_found_under_a_code_of_its_noun() -> None:
    with pytest.raises(NotFound) as refusal:
        only_match([Thing("1", "web")], "wbe", "key pair", hint="vmctl keypair-list")

    assert refusal.value.code == "key-pair-not-found"
    assert refusal.value.hint == "vmctl keypair-list"


def test_a_message_shows_no_control_characters_and_has_an_end() -> None:
    error = not_found("\x1b[2J" + "x" * 9000, "server")

    assert "\x1b" not in error.message
    assert len(error.message) < 400
