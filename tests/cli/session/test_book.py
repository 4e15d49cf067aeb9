"""What is remembered of sessions."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmctl_cli.session.book import Book, Entry

ADA = Entry("unix:///a", "ada", "", "web", 1000.0, None)
BOB = Entry("unix:///a", "bob", "shop", "shop", 1000.0, "some.Keyring")


def test_the_newest_session_of_an_endpoint_is_the_one_in_use(tmp_path: Path) -> None:
    for entry in (ADA, BOB):
        Book(tmp_path).add(entry)

    assert Book(tmp_path).find("unix:///a", None, None) == BOB
    assert Book(tmp_path).find("unix:///b", None, None) is None


@pytest.mark.parametrize(
    ("user", "project", "found"),
    [
        ("ada", None, ADA),
        ("ada", "web", ADA),
        ("ada", "shop", None),
        ("bob", "shop", BOB),
        (None, "shop", BOB),
        ("eve", None, None),
    ],
)
def test_a_session_is_found_by_user_and_project(
    tmp_path: Path, user: str | None, project: str | None, found: Entry | None
) -> None:
    for entry in (ADA, BOB):
        Book(tmp_path).add(entry)

    assert Book(tmp_path).find("unix:///a", user, project) == found


def test_signing_in_again_replaces_the_session(tmp_path: Path) -> None:
    later = Entry("unix:///a", "ada", "", "web", 2000.0, None)
    book = Book(tmp_path)
    book.add(ADA)
    book.add(later)
    book.remove(later)

    assert Book(tmp_path).find("unix:///a", "ada", None) is None


@pytest.mark.parametrize("content", ["", "[]", "{", '{"sessions": 3}', '{"sessions": [{"a": 1}]}'])
def test_a_book_that_makes_no_sense_is_an_empty_one(tmp_path: Path, content: str) -> None:
    file = tmp_path / "session.json"
    file.write_text(content)
    file.chmod(0o600)

    assert Book(tmp_path).find("unix:///a", None, None) is None
