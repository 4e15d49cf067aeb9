"""Statements that SQLite and PostgreSQL both know and SQLAlchemy spells differently for each.

Built once, at import: on the boot path, building a statement costs more than running it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

from vmctld.storage.database import Tx


class InsertIfAbsent:
    """Takes a key by insert: whoever comes second learns it from the answer, not by an error.

    An error would end the whole transaction on PostgreSQL.  Called with a row, gives True when
    the row is in and False when another one holds one of the table's unique keys.
    """

    def __init__(self, table: Table) -> None:
        self._statements: dict[str, Executable] = {
            dialect: statement.execution_options(preserve_rowcount=True)  # else psycopg says -1
            for dialect, statement in (
                ("sqlite", sqlite.insert(table).on_conflict_do_nothing()),
                ("postgresql", postgresql.insert(table).on_conflict_do_nothing()),
            )
        }

    def __call__(self, tx: Tx, row: Mapping[str, Any]) -> bool:
        return tx.execute(self._statements[tx.dialect.name], row).rowcount == 1


class InsertOrReplace:
    """Keeps a row in the place of the one that has the same ``key``, if there is one.

    ``key`` names the columns of a unique key; every other column is replaced.
    """

    def __init__(self, table: Table, key: Sequence[str]) -> None:
        replaced = [column.name for column in table.columns if column.name not in key]
        self._statements: dict[str, Executable] = {}
        for dialect, insert in (
            ("sqlite", sqlite.insert(table)),
            ("postgresql", postgresql.insert(table)),
        ):
            values = {name: insert.excluded[name] for name in replaced}
            self._statements[dialect] = insert.on_conflict_do_update(
                index_elements=key, set_=values
            )

    def __call__(self, tx: Tx, row: Mapping[str, Any]) -> None:
        tx.execute(self._statements[tx.dialect.name], row)
