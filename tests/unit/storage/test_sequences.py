"""Numbers that are given once."""

from __future__ import annotations

from tests.support.clock import NOON
from vmctld.storage.columns import core
from vmctld.storage.database import Database
from vmctld.storage.repositories import outbox
from vmctld.storage.sequences import last_id, set_last_id
from vmctld.storage.tables.identity import ClockMarkRow
from vmctld.storage.tables.pipeline import OutboxRow

OUTBOX = core(OutboxRow)


def _add(database: Database) -> int:
    with database.write() as tx:
        return outbox.add(tx, "scheduler", "call", "{}", NOON).id


def test_the_last_number_is_remembered_though_its_row_is_gone(database: Database) -> None:
    given = [_add(database), _add(database)]
    with database.write() as tx:
        outbox.settle(tx, given)

    with database.read() as tx:
        assert last_id(tx, OUTBOX) == given[-1]


def test_numbers_go_on_from_the_one_that_was_set(database: Database) -> None:
    with database.write() as tx:
        set_last_id(tx, OUTBOX, 1_000_000)

    assert _add(database) == 1_000_001


def test_setting_none_begins_at_one(database: Database) -> None:
    with database.write() as tx:
        set_last_id(tx, OUTBOX, 0)

    with database.read() as tx:
        assert last_id(tx, OUTBOX) == 0
    assert _add(database) == 1


def test_a_table_whose_numbers_the_database_does_not_give_has_its_highest(
    database: Database,
) -> None:
    marks = core(ClockMarkRow)
    with database.write() as tx:
        tx.execute(marks.insert(), {"id": 1, "latest_at": NOON})
        set_last_id(tx, marks, 1)

    with database.read() as tx:
        assert last_id(tx, marks) == 1
