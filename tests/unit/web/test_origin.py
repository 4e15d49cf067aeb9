from __future__ import annotations

import pytest

from vmctld.web.origin import is_our_own

PUBLIC = "https://cloud.example.org"


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, "127.0.0.1:6080"),
        ("http://127.0.0.1:6080", "127.0.0.1:6080"),
        ("http://LocalHost:8000", "localhost:8000"),  # a port that ssh forwards
        ("https://cloud.example.org", "127.0.0.1:6080"),  # a proxy that keeps no host
    ],
)
def test_our_own_pages_and_programs_are_let_in(origin: str | None, host: str) -> None:
    assert is_our_own(origin, host, PUBLIC)


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example.org", "null", "", "http://127.0.0.1", "http://127.0.0.1:6080.evil.org"],
)
def test_pages_of_others_are_not(origin: str) -> None:
    assert not is_our_own(origin, "127.0.0.1:6080", PUBLIC)


def test_without_a_host_only_the_public_name_counts() -> None:
    assert is_our_own(PUBLIC, None, PUBLIC)
    assert not is_our_own("http://127.0.0.1:6080", None, PUBLIC)
