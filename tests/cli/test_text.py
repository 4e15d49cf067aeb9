"""Text from elsewhere, made harmless."""

from __future__ import annotations

import json

import pytest

from vmctl_cli.text import harmless, harmless_json, is_harmless, width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Zoë 機械 ☃", "Zoë 機械 ☃"),
        ("a\x00\x1b[2J", "a\\x00\\x1b[2J"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\x7f\x9b", "\\x7f\\x9b"),
        ("\u202eevil\u2066", "\\u202eevil\\u2066"),
    ],
)
def test_control_characters_are_spelt_out(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_some_can_be_kept() -> None:
    assert harmless("a\n\x1b", keep="\n") == "a\n\\x1b"


def test_json_stays_json() -> None:
    text = json.dumps({"a": "\x9b\u202e\x7fé"}, ensure_ascii=False)

    assert json.loads(harmless_json(text)) == json.loads(text)
    assert is_harmless(harmless_json(text))


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("機械", 4), ("é", 1), ("e\u0301", 1), ("", 0)]
)
def test_width_is_that_on_a_terminal(text: str, columns: int) -> None:
    assert width(text) == columns
