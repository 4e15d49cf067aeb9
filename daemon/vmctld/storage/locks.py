"""Waiting for others where a condition in one statement is not enough.

SQLite has one writer at a time, so whoever reads and then decides is right.  On PostgreSQL
others write in between: what a decision rests on is locked before it is read.
"""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from vmctld.errors import Unavailable

READ_ONLY = "postgresql_readonly"  # SQLAlchemy's option for a transaction
PATIENCE_MS = 200  # less than PostgreSQL's deadlock_timeout: it is we who give way, and repeat

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
_FIRST = ("quota_usages", "hosts", "allocations", "instances")
"""In the order in which a boot locks rows of them: so it is seldom in our way, nor we in its."""


def may_write(tx: Connection) -> bool:
    """Return whether what is read in ``tx`` may be read in order to change it."""
    return not tx.get_execution_options().get(READ_ONLY, False)


def one_at_a_time(tx: Connection, name: str) -> None:
    """Return when no other transaction has called this with ``name`` and still goes on."""
    if tx.dialect.name == "postgresql":
        tx.execute(_ONE_AT_A_TIME, {"name": name})


def keep_writers_out(tx: Connection) -> None:
    """Have nobody else write to any table until the end of ``tx``, its first statement being this.

    Raises Unavailable (``database-conflict``) when others are writing: try again.
    """
    if tx.dialect.name != "postgresql":
        return
    tx.execute(text(f"SET LOCAL lock_timeout = {PATIENCE_MS}"))
    tables = sorted(tx.execute(_TABLES).scalars(), key=_turn)
    quoted = ", ".join(map(tx.dialect.identifier_preparer.quote, tables))
    try:
        tx.execute(text(f"LOCK TABLE {quoted} IN SHARE ROW EXCLUSIVE MODE"))
    except OperationalError as error:
        raise Unavailable(
            "others go on writing to the database", code="database-conflict"
        ) from error
    tx.execute(text("SET LOCAL lock_timeout = DEFAULT"))


def _turn(table: str) -> tuple[int, str]:
    return (_FIRST.index(table) if table in _FIRST else len(_FIRST), table)
