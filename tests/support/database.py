"""A database with every table and nothing in it."""

from __future__ import annotations

from pathlib import Path

from vmctld.storage.database import Database, sqlite_url
from vmctld.storage.tables import METADATA


def a_database(directory: Path) -> Database:
    """Return a fresh SQLite database in ``directory``; the caller closes it."""
    database = Database(sqlite_url(directory / "vmctl.db"))
    with database.write() as tx:
        METADATA.create_all(tx)
    return database
