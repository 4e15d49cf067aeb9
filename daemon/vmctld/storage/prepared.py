"""Statements of the boot path, compiled once and given to SQLite's own connection.

A boot runs some three dozen statements.  SQLAlchemy compiles each once too, but around every
execution it builds a context, a compiled copy of the parameters and a result: four times what
SQLite itself takes.  On PostgreSQL, where a statement is a round trip, SQLAlchemy runs them.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Dialect, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import Insert
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.types import TypeEngine

from vmctld.storage.database import Tx

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]
_NOTHING: Values = {}


class Prepared:
    """A statement that never changes, only what its parameters hold.

    Every call names all of them, and none is a list of unknown length (``IN``).
    """

    def __init__(self, statement: Executable) -> None:
        self.statement = statement.execution_options(preserve_rowcount=True)  # psycopg forgets it
        self._on_sqlite: _Compiled | None = None

    def rows(self, tx: Tx, values: Values = _NOTHING) -> Sequence[Any]:
        """Return what a query finds; each row has its columns as attributes, in their order."""
        if not _is_sqlite(tx):
            return tx.execute(self.statement, values).all()
        compiled = self._compiled(tx, values)
        return [compiled.row_of(raw) for raw in compiled.run(tx, values)]

    def one(self, tx: Tx, values: Values = _NOTHING) -> Any:
        """Return the row that a query finds, None when there is none; the first of several."""
        if not _is_sqlite(tx):
            return tx.execute(self.statement, values).first()
        compiled = self._compiled(tx, values)
        # All of them: a statement that changes and returns is under way until its last row is read.
        found = compiled.run(tx, values).fetchall()
        return compiled.row_of(found[0]) if found else None

    def changed(self, tx: Tx, values: Values = _NOTHING) -> int:
        """Return how many rows a statement changed, made or deleted."""
        if not _is_sqlite(tx):
            return tx.execute(self.statement, values).rowcount
        return self._compiled(tx, values).run(tx, values).rowcount

    def each(self, tx: Tx, rows: Sequence[Values]) -> None:
        """Run it once for each of these rows."""
        if len(rows) == 1:
            self.changed(tx, rows[0])
        elif not _is_sqlite(tx):
            tx.execute(self.statement, rows)
        elif rows:
            self._compiled(tx, rows[0]).run_each(tx, rows)

    def made(self, tx: Tx, row: Values) -> int:
        """Insert a row and return the number that the database gave it for a key."""
        if not _is_sqlite(tx):
            key: Any = tx.execute(self.statement, row).inserted_primary_key
            return int(key[0])
        return int(self._compiled(tx, row).run(tx, row).lastrowid or 0)

    def _compiled(self, tx: Tx, values: Values) -> _Compiled:
        # Two threads may both compile it at first: the same, and the later one stays.
        if self._on_sqlite is None:
            self._on_sqlite = _Compiled(self.statement, tx.dialect, values)
        return self._on_sqlite


def _is_sqlite(tx: Tx) -> bool:
    return tx.dialect.name == "sqlite"


class _Compiled:
    """A statement as SQLite takes it: its text, and how values go in and come out."""

    __slots__ = ("_converters", "_error", "_given", "_make_row", "_slots", "_sql")

    def __init__(self, statement: Executable, dialect: Dialect, values: Values) -> None:
        is_insert = isinstance(statement, Insert)
        compiled: Any = cast(Any, statement).compile(
            dialect=dialect, column_keys=list(values) if is_insert else None
        )
        if compiled.post_compile_params or compiled.insert_prefetch or compiled.update_prefetch:
            raise TypeError(f"this statement is not the same each time: {compiled}")
        self._sql = str(compiled)
        self._slots = [_slot_of(compiled.binds[name], dialect) for name in compiled.positiontup]
        self._given = len(values) if is_insert else None
        columns = list(cast(Any, statement).exported_columns)
        names = [column.key for column in columns]
        row: Any = namedtuple("row", names, rename=True)  # type: ignore[misc]
        self._make_row = cast(Callable[[Sequence[Any]], Any], row._make)
        into = enumerate(_result_of(column.type, dialect) for column in columns)
        self._converters = [(index, convert) for index, convert in into if convert is not None]
        self._error = cast(Any, dialect).loaded_dbapi.Error

    def run(self, tx: Tx, values: Values) -> sqlite3.Cursor:
        """Run it once."""
        raw = cast(sqlite3.Connection, tx.connection.dbapi_connection)
        try:
            return raw.execute(self._sql, self._bound(values))
        except sqlite3.Error as error:
            raise self._as_sqlalchemy_says(error) from error

    def run_each(self, tx: Tx, rows: Sequence[Values]) -> None:
        """Run it once for each of these rows."""
        raw = cast(sqlite3.Connection, tx.connection.dbapi_connection)
        try:
            raw.executemany(self._sql, [self._bound(row) for row in rows])
        except sqlite3.Error as error:
            raise self._as_sqlalchemy_says(error) from error

    def row_of(self, raw: Sequence[Any]) -> Any:
        """Return a row with our types in it."""
        values = list(raw)
        for index, convert in self._converters:
            values[index] = convert(values[index])
        return self._make_row(values)

    def _bound(self, values: Values) -> list[Any]:
        if self._given is not None and len(values) != self._given:
            raise TypeError(f"{len(values)} values for the {self._given} columns of: {self._sql}")
        return [
            constant if key is None else values[key] if convert is None else convert(values[key])
            for key, convert, constant in self._slots
        ]

    def _as_sqlalchemy_says(self, error: sqlite3.Error) -> Exception:
        """Return the error that others know; what the parameters held is a secret."""
        return cast(
            Exception,
            DBAPIError.instance(self._sql, None, error, self._error, hide_parameters=True),
        )


def _slot_of(bind: BindParameter[Any], dialect: Dialect) -> tuple[str | None, Convert | None, Any]:
    """Return the name of a parameter and what converts it, or the value that it always has."""
    convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
    if bind.required:
        return bind.key, convert, None
    value = bind.effective_value
    return None, None, value if convert is None else convert(value)


def _result_of(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
