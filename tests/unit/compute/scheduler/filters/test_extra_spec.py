from __future__ import annotations

import pytest

from vmctld.compute.scheduler.filters.extra_spec import matches


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("true", "true"),
        ("8", "= 4"),
        ("8", ">= 8"),
        ("8", "<= 8"),
        ("8", "== 8.0"),
        ("7", "!= 8"),
        ("abc", "s== abc"),
        ("abc", "s!= abd"),
        ("a", "s< b"),
        ("a", "s<= a"),
        ("b", "s> a"),
        ("b", "s>= b"),
        ("x86_64", "<in> 86"),
        ("aes avx sse", "<all-in> sse aes"),
        ("b", "<or> a <or> b"),
        ("", ""),
    ],
)
def test_a_value_is_what_was_asked_for(value: str, wanted: str) -> None:
    assert matches(value, wanted)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("true", "false"),
        ("3", "= 4"),
        ("7", ">= 8"),
        ("many", ">= 8"),
        ("9", ">= many"),
        ("abc", "s== abd"),
        ("x86_64", "<in> arm"),
        ("x86_64", "<in>"),
        ("aes avx", "<all-in> sse aes"),
        ("aes", "<all-in>"),
        ("c", "<or> a <or> b"),
        ("8", ">="),
        ("true", ""),
    ],
)
def test_a_value_is_not_what_was_asked_for(value: str, wanted: str) -> None:
    assert not matches(value, wanted)
