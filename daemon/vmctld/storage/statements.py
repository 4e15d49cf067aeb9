"""Statements that SQLite and PostgreSQL both know and SQLAlchemy spells differently for each.

Built once, at import: on the boot path, building a statement costs more than running it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from vmctld.storage.database import Tx
from vmctld.storage.prepared import Prepared


class InsertIfAbsent:
    """Takes a key by insert: whoever comes second learns it from the answer, not by an error.

    An error would end the whole transaction on PostgreSQL.  Called with a row, gives True when
    the row is in and False when another one holds one of the table's unique keys.
    """

    def __init__(self, table: Table) -> None:
        self._statements = {
            "sqlite": Prepared(sqlite.insert(table).on_conflict_do_nothing()),
            "postgresql": Prepared(postgresql.insert(table).on_conflict_do_nothing()),
        }

    def __call__(self, tx: Tx, row: Mapping[str, Any]) -> bool:
        return self._statements[tx.dialect.name].changed(tx, row) == 1


class InsertOrReplace:
    """Keeps a row in the place of the one that has the same ``key``, if there is one.

    ``key`` names the columns of a unique key; every other column is replaced.
    """

    def __init__(self, table: Table, key: Sequence[str]) -> None:
        replaced = [column.name for column in table.columns if column.name not in key]
        self._statements: dict[str, Prepared] = {}
        for dialect, insert in (
            ("sqlite", sqlite.insert(table)),
            ("postgresql", postgresql.insert(table)),
        ):
            values = {name: insert.excluded[name] for name in replaced}
            statement = insert.on_conflict_do_update(index_elements=key, set_=values)
            self._statements[dialect] = Prepared(statement)

    def __call__(self, tx: Tx, row: Mapping[str, Any]) -> None:
        self._statements[tx.dialect.name].changed(tx, row)
