"""Moves an installation from one database to another, and proves that all of it arrived.

The target has everything or, when anything goes wrong, nothing: it is one transaction.  The
source is only read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table, func, inspect, select, text

from vmctld.domain.counting import counted
from vmctld.errors import Corrupted, WrongState
from vmctld.storage.database import Database, Tx
from vmctld.storage.schema import HEAD, checked_revision, ensure_schema, lock_schema
from vmctld.storage.sequences import last_id, set_last_id
from vmctld.storage.tables import METADATA

BATCH = 500
_DIGEST_BITS = 64


@dataclass(frozen=True, slots=True)
class Sum:
    """What a table holds: so many rows, and a number that any other value would change."""

    rows: int
    digest: int

    def and_row(self, row: Mapping[str, Any]) -> Sum:
        """Return the sum with one more row; their order makes no difference."""
        words = json.dumps(_canonical(row), sort_keys=True, default=str).encode()
        number = int.from_bytes(hashlib.sha256(words).digest()[: _DIGEST_BITS // 8])
        return Sum(self.rows + 1, (self.digest + number) % 2**_DIGEST_BITS)

    def __str__(self) -> str:
        return f"{self.digest:0{_DIGEST_BITS // 4}x}"


def copy_everything(source: Database, target: Database) -> dict[str, Sum]:
    """Copy all rows of ``source`` into ``target``, which has none, and return each table's sum.

    Raises WrongState (``database-older``, ``database-not-empty``, and what ``ensure_schema``
    does), Corrupted (``copy-differs``) when the target does not hold what the source does.
    """
    _check_empty(target)
    ensure_schema(target)
    with source.read() as reading, target.write() as writing:
        _check_source(reading)
        _keep_others_out(writing)
        _check_no_rows(writing)
        sums = {table.name: _copy(reading, writing, table) for table in METADATA.sorted_tables}
        for table in METADATA.sorted_tables:
            _check_arrived(writing, table, sums[table.name])
    return sums


def _check_source(tx: Tx) -> None:
    revision = checked_revision(tx)
    if revision != HEAD:
        raise WrongState(
            f"the source is of revision {revision or 'none'}, and only {HEAD} can be copied",
            code="database-older",
            hint="vmctld --database-url SOURCE db upgrade",
            facts={"revision": revision, "known": HEAD},
        )


def _check_empty(target: Database) -> None:
    """Look before the shape is brought up to date: a target that is refused stays as it is."""
    with target.read() as tx:
        if checked_revision(tx) is not None:
            _check_no_rows(tx)


def _check_no_rows(tx: Tx) -> None:
    there = set(inspect(tx).get_table_names())
    for table in METADATA.sorted_tables:
        rows = tx.execute(select(func.count()).select_from(table)) if table.name in there else None
        if rows is not None and (count := rows.scalar_one()):
            raise WrongState(
                f"the target is not empty: it has {counted(count, 'row')} in {table.name}",
                code="database-not-empty",
                hint="give it a fresh database; nothing is ever mixed or overwritten",
                facts={"table": table.name, "rows": count},
            )


def _keep_others_out(tx: Tx) -> None:
    """Have a daemon that starts on the target meanwhile wait until all of it is there."""
    lock_schema(tx)
    if tx.dialect.name == "postgresql":
        names = ", ".join(table.name for table in METADATA.sorted_tables)
        tx.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))


def _copy(reading: Tx, writing: Tx, table: Table) -> Sum:
    insert, total = table.insert(), Sum(0, 0)
    for rows in _batches(reading, table):
        for row in rows:
            total = total.and_row(row)
        writing.execute(insert, rows)
    if table.autoincrement_column is not None:
        set_last_id(writing, table, last_id(reading, table))
    return total


def _check_arrived(tx: Tx, table: Table, sent: Sum) -> None:
    arrived = Sum(0, 0)
    for rows in _batches(tx, table):
        for row in rows:
            arrived = arrived.and_row(row)
    if arrived != sent:
        raise Corrupted(
            f"{table.name} arrived as {counted(arrived.rows, 'row')} ({arrived}), "
            f"not {sent.rows} ({sent})",
            code="copy-differs",
            hint="nothing was kept; look at the target's log",
            facts={"table": table.name},
        )


def _batches(tx: Tx, table: Table) -> Iterator[list[dict[str, Any]]]:
    found = tx.execute(select(table).execution_options(yield_per=BATCH))
    for rows in found.mappings().partitions():
        yield [dict(row) for row in rows]


def _canonical(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row's values in words that both databases agree on."""
    return {name: _words(value) for name, value in row.items()}


def _words(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return value
