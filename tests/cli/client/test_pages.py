"""Long lists, page by page."""

from __future__ import annotations

import pytest

from vmctl.v1.common_pb2 import Page
from vmctl_cli.client import pages
from vmctl_cli.client.pages import all_of


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)


class _Store:
    """Letters, and the pages that were asked for."""

    def __init__(self, letters: str) -> None:
        self._letters = letters
        self.asked: list[tuple[str, int]] = []

    def fetch(self, page: Page) -> str:
        self.asked.append((page.marker, page.limit))
        start = self._letters.index(page.marker) + 1 if page.marker else 0
        return self._letters[start : start + page.limit]


@pytest.mark.parametrize(
    ("letters", "limit", "found", "asked"),
    [
        ("", None, "", [("", 2)]),
        ("a", None, "a", [("", 2)]),
        ("abc", None, "abc", [("", 2), ("b", 2)]),
        ("abcd", None, "abcd", [("", 2), ("b", 2), ("d", 2)]),
        ("abcd", 3, "abc", [("", 2), ("b", 1)]),
        ("abcd", 2, "ab", [("", 2)]),
        ("abcd", 0, "", []),
    ],
)
def test_pages_are_fetched_until_the_end_or_the_limit(
    letters: str, limit: int | None, found: str, asked: list[tuple[str, int]]
) -> None:
    store = _Store(letters)

    assert "".join(all_of(store.fetch, lambda letter: letter, limit=limit)) == found
    assert store.asked == asked


def test_a_marker_begins_in_the_middle() -> None:
    assert "".join(all_of(_Store("abcd").fetch, lambda letter: letter, marker="b")) == "cd"
