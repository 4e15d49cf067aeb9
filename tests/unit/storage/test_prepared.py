"""Statements that are compiled once: the same answers as SQLAlchemy's, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError

from tests.support.clock import NOON
from vmctld.storage.columns import core
from vmctld.storage.database import Database, sqlite_url
from vmctld.storage.prepared import Prepared
from vmctld.storage.tables.identity import ProjectRow
from vmctld.storage.tables.pipeline import OutboxRow

PROJECTS = core(ProjectRow)
OUTBOX = core(OutboxRow)
_ALL = select(PROJECTS).order_by(PROJECTS.c.name)
_NAMED = select(PROJECTS).where(PROJECTS.c.name == bindparam("called"))


def a_row(name: str) -> dict[str, Any]:
    return {
        "id": f"id-{name}",
        "name": name,
        "description": f"of {name}",
        "enabled": name != "shut",
        "created_at": NOON + timedelta(microseconds=len(name)),
    }


def keep(database: Database, *names: str) -> None:
    with database.write() as tx:
        Prepared(PROJECTS.insert()).each(tx, [a_row(name) for name in names])


@pytest.mark.parametrize("names", [("lab",), ("lab", "shop", "shut")])
def test_rows_come_back_as_they_went_in(database: Database, names: tuple[str, ...]) -> None:
    before = Prepared(_ALL)
    with database.read() as tx:
        others = [row.name for row in before.rows(tx)]

    keep(database, *names)

    with database.read() as tx:
        ours = [row for row in before.rows(tx) if row.name not in others]
        theirs = [row for row in tx.execute(_ALL) if row.name not in others]
    assert [row._asdict() for row in ours] == [a_row(name) for name in names]
    assert [tuple(row) for row in ours] == [tuple(row) for row in theirs]


def test_one_row_or_none(database: Database) -> None:
    keep(database, "lab")
    named = Prepared(_NAMED)

    with database.read() as tx:
        assert named.one(tx, {"called": "lab"}).description == "of lab"
        assert named.one(tx, {"called": "attic"}) is None


def test_what_no_value_is_given_for_stays_what_the_statement_says(database: Database) -> None:
    keep(database, "lab", "shop")
    shut = Prepared(
        update(PROJECTS)
        .where(PROJECTS.c.name == bindparam("called"), PROJECTS.c.enabled)
        .values(enabled=False, description="closed")
    )

    with database.write() as tx:
        answers = [shut.changed(tx, {"called": "lab"}) for _ in range(2)]

    assert answers == [1, 0]
    with database.read() as tx:
        found = {row.name: (row.enabled, row.description) for row in tx.execute(_ALL)}
    assert found["lab"] == (False, "closed")
    assert found["shop"] == (True, "of shop")


def test_a_statement_that_changes_and_returns_lets_its_transaction_end(database: Database) -> None:
    keep(database, "lab", "shop")
    away = Prepared(
        delete(PROJECTS).where(PROJECTS.c.name.like(bindparam("like"))).returning(PROJECTS)
    )

    with database.write() as tx:
        assert away.one(tx, {"like": "%"}) is not None

    with database.read() as tx:
        assert tx.execute(_ALL).first() is None


def test_the_database_gives_numbers_for_keys(database: Database) -> None:
    insert = Prepared(OUTBOX.insert())
    row = {"address": "a", "kind": "cast", "body": "{}", "created_at": NOON}

    with database.write() as tx:
        numbers = [insert.made(tx, row) for _ in range(3)]

    with database.read() as tx:
        assert tx.execute(select(OUTBOX.c.id).order_by(OUTBOX.c.id)).scalars().all() == numbers


def test_a_key_that_is_taken_is_the_error_that_others_know(database: Database) -> None:
    keep(database, "lab")

    with pytest.raises(IntegrityError) as caught:
        keep(database, "lab")

    assert "of lab" not in str(caught.value)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """A database that holds one table, empty."""
    database = Database(sqlite_url(tmp_path / "db"))
    with database.write() as tx:
        PROJECTS.create(tx)
    yield database
    database.close()


def test_a_row_with_other_columns_than_the_first_is_refused(sqlite: Database) -> None:
    insert = Prepared(PROJECTS.insert())

    with sqlite.write() as tx:
        insert.changed(tx, a_row("lab"))
        with pytest.raises(TypeError, match="6 values for the 5 columns"):
            insert.changed(tx, {**a_row("shop"), "more": 1})
        with pytest.raises(KeyError, match="name"):
            insert.changed(tx, {"id": 1, "a": 1, "b": 1, "c": 1, "d": 1})


def test_a_list_of_unknown_length_cannot_be_prepared(sqlite: Database) -> None:
    among = Prepared(select(PROJECTS).where(PROJECTS.c.name.in_(["lab", "shop"])))

    with sqlite.read() as tx, pytest.raises(TypeError, match="not the same each time"):
        among.rows(tx)
