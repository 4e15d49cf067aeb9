"""A database with every table and nothing in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vmctld.storage.database import Database, sqlite_url
from vmctld.storage.schema import ensure_schema
from vmctld.storage.tables import METADATA

if TYPE_CHECKING:
    from tests.support.postgresql import Server

SHARED = "shared"  # the PostgreSQL database that tests have one after the other


def a_database(directory: Path) -> Database:
    """Return a fresh SQLite database in ``directory``; the caller closes it."""
    database = Database(sqlite_url(directory / "vmctl.db"))
    with database.write() as tx:
        METADATA.create_all(tx)
    return database


def share_database(server: Server) -> None:
    """Make the database that ``emptied_database`` gives, by our migrations."""
    database = Database(server.create(SHARED))
    ensure_schema(database)
    database.close()


def emptied_database(server: Server) -> Database:
    """Return the shared PostgreSQL database without a row, as good as a fresh one.

    A fresh one takes 0.2 s, deleting what a test has left a millisecond.
    """
    database = Database(server.url(SHARED))
    with database.write() as tx:
        for table in reversed(METADATA.sorted_tables):
            tx.execute(table.delete())
    return database
