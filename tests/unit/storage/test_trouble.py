from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from vmctld.errors import Exhausted, Unavailable
from vmctld.storage.database import Database, sqlite_url
from vmctld.storage.trouble import ACCESS_DENIED, commit_unknown, is_bad_luck, translated

FULL = sqlite3.OperationalError("database or disk is full")
LOCKED = sqlite3.OperationalError("database is locked: /var/lib/vmctl/vmctl.db")


@pytest.mark.parametrize("error", [FULL, OperationalError("INSERT", {}, FULL)])
def test_a_full_disk_is_called_so(error: Exception) -> None:
    ours = translated(error)

    assert isinstance(ours, Exhausted)
    assert ours.code == "disk-full"


@pytest.mark.parametrize("error", [LOCKED, OperationalError("INSERT secret", {}, LOCKED)])
def test_anything_else_means_try_later_and_shows_nothing_of_the_database(error: Exception) -> None:
    ours = translated(error)

    assert isinstance(ours, Unavailable)
    assert ours.retryable
    assert "/var" not in ours.message
    assert "secret" not in ours.message


@pytest.mark.parametrize(
    ("place", "problem"),
    [("nowhere/vmctl.db", "cannot be opened"), ("garbage", "is no SQLite database")],
)
def test_a_file_that_cannot_be_a_database_is_not_waited_for(
    tmp_path: Path, place: str, problem: str
) -> None:
    (tmp_path / "garbage").write_bytes(b"garbage" * 1000)
    database = Database(sqlite_url(tmp_path / place))

    with pytest.raises(Unavailable) as refused, database.read():
        pass

    assert refused.value.code == ACCESS_DENIED
    assert problem in refused.value.message


class _OfServer(Exception):
    """What psycopg raises, as far as anybody looks."""

    def __init__(self, words: str, sqlstate: str | None = None) -> None:
        super().__init__(words)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("words", "state", "code"),
    [
        ("could not serialize access", "40001", "database-conflict"),
        ("deadlock detected", "40P01", "database-conflict"),
        ("canceling statement", "57014", "database-slow"),
        ("could not extend file", "53100", "disk-full"),
        ("permission denied for schema public", "42501", "database-access-denied"),
        ("FATAL: password authentication failed", None, "database-access-denied"),
        ("FATAL: the database system is starting up", None, "database-unavailable"),
        ("Connection refused", None, "database-unavailable"),
    ],
)
def test_a_servers_states_have_codes_of_their_own(words: str, state: str | None, code: str) -> None:
    ours = translated(OperationalError("SELECT secret", {}, _OfServer(words, state)), "db:5432/c")

    assert ours.code == code
    assert "secret" not in ours.message
    assert words not in ours.message


def test_only_what_luck_decided_is_worth_another_try() -> None:
    conflict = translated(OperationalError("x", {}, _OfServer("deadlock", "40P01")))
    away = translated(OperationalError("x", {}, _OfServer("Connection refused")))

    assert is_bad_luck(conflict)
    assert not is_bad_luck(away)
    assert is_bad_luck(IntegrityError("x", {}, _OfServer("taken", "23505")))
    assert not is_bad_luck(IntegrityError("x", {}, sqlite3.IntegrityError("UNIQUE failed")))


def test_a_lost_commit_is_nobodys_to_repeat_blindly() -> None:
    assert not is_bad_luck(commit_unknown("db:5432/c"))
