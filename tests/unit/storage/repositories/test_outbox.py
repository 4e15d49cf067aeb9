from __future__ import annotations

from pathlib import Path

from tests.support.clock import NOON
from vmctld.storage.database import Database, sqlite_url
from vmctld.storage.repositories import outbox
from vmctld.storage.schema import ensure_schema


def _database(directory: Path) -> Database:
    database = Database(sqlite_url(directory / "vmctl.db"))
    ensure_schema(database)
    return database


def test_messages_are_kept_oldest_first(tmp_path: Path) -> None:
    database = _database(tmp_path)
    with database.write() as tx:
        made = [outbox.add(tx, "scheduler", "call", f"body {n}", NOON) for n in range(3)]

    with database.read() as tx:
        assert outbox.oldest(tx, 2) == made[:2]
        assert outbox.depth(tx) == 3


def test_settled_messages_are_gone(tmp_path: Path) -> None:
    database = _database(tmp_path)
    with database.write() as tx:
        first, second = (outbox.add(tx, "scheduler", "call", "body", NOON) for _ in range(2))
        outbox.settle(tx, [first.id, 4711])

    with database.read() as tx:
        assert outbox.oldest(tx, 9) == [second]


def test_no_id_is_given_twice_so_that_a_late_settle_hits_no_other_message(tmp_path: Path) -> None:
    database = _database(tmp_path)
    with database.write() as tx:
        first = outbox.add(tx, "scheduler", "call", "body", NOON)
        outbox.settle(tx, [first.id])

    with database.write() as tx:
        second = outbox.add(tx, "scheduler", "call", "body", NOON)

    assert second.id > first.id
