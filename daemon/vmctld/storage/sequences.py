"""The last number that a table gave to a row: none is given twice, not even after a copy."""

from __future__ import annotations

from sqlalchemy import Table, func, select, text

from vmctld.storage.database import Tx

_OF_SQLITE = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
_FORGET_ON_SQLITE = text("DELETE FROM sqlite_sequence WHERE name = :table")
_NOTE_ON_SQLITE = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)")
_NAME = text("SELECT pg_get_serial_sequence(:table, :column)")
_SET = text("SELECT setval(CAST(:name AS regclass), :last, :is_called)")


def last_id(tx: Tx, table: Table) -> int:
    """Return the last number that was given; 0 when none was."""
    column = table.autoincrement_column
    assert column is not None
    highest = tx.execute(select(func.max(column))).scalar_one() or 0
    return max(int(highest), _remembered(tx, table))


def set_last_id(tx: Tx, table: Table, last: int) -> None:
    """Have the next row numbered from ``last`` on."""
    if tx.dialect.name == "postgresql":
        if name := _sequence_of(tx, table):
            is_called = last > 0  # a sequence begins at 1
            tx.execute(_SET, {"name": name, "last": max(last, 1), "is_called": is_called})
    elif _is_numbered_once(table):
        tx.execute(_FORGET_ON_SQLITE, {"table": table.name})
        tx.execute(_NOTE_ON_SQLITE, {"table": table.name, "last": last})


def _remembered(tx: Tx, table: Table) -> int:
    """Return what the database remembers, though the row is gone."""
    if tx.dialect.name == "postgresql":
        name = _sequence_of(tx, table)
        if name is None:
            return 0
        query = f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {name}"  # noqa: S608
        return int(tx.execute(text(query)).scalar_one())
    if not _is_numbered_once(table):
        return 0
    return int(tx.execute(_OF_SQLITE, {"table": table.name}).scalar_one_or_none() or 0)


def _sequence_of(tx: Tx, table: Table) -> str | None:
    """Return the sequence's name, quoted as need be; None when the column has none."""
    column = table.autoincrement_column
    assert column is not None
    values = {"table": table.name, "column": column.name}
    name: str | None = tx.execute(_NAME, values).scalar_one()
    return name


def _is_numbered_once(table: Table) -> bool:
    """SQLite remembers the last number only of tables that ask for it."""
    return bool(table.dialect_options["sqlite"]["autoincrement"])
