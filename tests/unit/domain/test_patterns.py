"""Patterns against ``re``: the same answers, and never slow."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmctld.domain.patterns import fits, pattern
from vmctld.errors import InvalidRequest

ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "[a-c]", r"\d", r"\w", r"\.", "^", "$"])
REPEATS = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,2}", "{2,}"])


def _patterns() -> st.SearchStrategy[str]:
    def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        group = st.builds("({}){}".format, inner, REPEATS)
        either = st.builds("{}|{}".format, inner, inner)
        return st.one_of(group, either, st.builds("{}{}".format, inner, inner))

    plain = st.builds(lambda atom, repeat: atom if atom in "^$" else atom + repeat, ATOMS, REPEATS)
    return st.recursive(plain, grown, max_leaves=8)


@given(_patterns(), st.text("abc1.", max_size=8))
def test_a_pattern_fits_where_re_finds_it(text: str, name: str) -> None:
    assert fits(text, name) == (re.search(text, name) is not None)


def test_a_pattern_that_keeps_re_busy_for_years_is_answered_at_once() -> None:
    assert not fits("(a+)+$", "a" * 254 + "b")
    assert not fits("(a|a)*(a|aa)*c$", "a" * 255)


def test_ends_that_lead_to_each_other_are_passed_once() -> None:
    assert fits("($|a$|$)*$", "b")
    assert not fits("($($|$b)*)+c", "b")


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        ("web", "my-web-1", True),
        ("^web-[0-9]+$", "web-17", True),
        ("^web-[0-9]+$", "web-x", False),
        ("", "anything", True),
        ("^$", "", True),
        (r"10\.20\.0\.5$", "10.20.0.5", True),
        (r"10\.20\.0\.5$", "10.20.0.50", False),
        ("Web", "web", False),
        (r"\D\S\W", "a b", False),
        (r"\D\S\W", "ab! ", True),
        ("[]-]", "a-b", True),
        ("ä.", "xäö", True),
    ],
)
def test_names_are_found(text: str, name: str, found: bool) -> None:
    assert fits(text, name) is found


@pytest.mark.parametrize(
    "text",
    [
        *("(", ")", "*a", "a**", "a{2", "a{3,2}", "a{999}", "[a", "[z-a]", "\\", r"\1", "(?=a)"),
        *("(?P<n>a)", "a" * 256, "((a{255}){255})", "(" * 30 + ")" * 30, r"\b"),
    ],
)
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        pattern(text)

    assert refused.value.code == "invalid-pattern"


def test_nothing_fits_in_nothing() -> None:
    assert not fits(None, "a")
    assert not fits("a", None)


def test_what_is_remembered_stays_bounded() -> None:
    endless = pattern("[a-z]x")

    assert not any(endless.fits_in(chr(code)) for code in range(0x4E00, 0x4E00 + 5000))
