"""One database: how transactions are begun, bounded and retried on SQLite and PostgreSQL.

SQLite allows one writer.  Waiting for it inside SQLite starves threads (its busy handler
sleeps and guesses), so writers of this process queue at a lock of ours and hold it for the
transaction only; ``BEGIN IMMEDIATE`` keeps writers of other processes out.  Readers have
connections of their own and never wait: the journal mode is WAL.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, make_url

from vmctld.errors import Unavailable
from vmctld.storage.postgresql import PostgresqlServer
from vmctld.storage.sqlite import SqliteFile
from vmctld.storage.trouble import REPEATED

Tx = Connection
T = TypeVar("T")

RETRIES = 5
FIRST_PAUSE_S = 0.01  # doubled each time, and then some part of it: not all come back at once


class Database:
    """Gives transactions.  Thread-safe; one for the whole process."""

    def __init__(self, url: str, *, sync_full: bool = False) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self._of: SqliteFile | PostgresqlServer = (
            SqliteFile(url, sync_full=sync_full) if self.is_sqlite else PostgresqlServer(url)
        )

    def read(self) -> AbstractContextManager[Tx]:
        """Give a transaction that only reads, on one consistent state."""
        return self._of.read()

    def write(self) -> AbstractContextManager[Tx]:
        """Give a transaction that may write; commits at the end, rolls back on an exception.

        Raises Exhausted (disk full), TimedOut (another writer holds on), Unavailable.
        """
        return self._of.write()

    def run(self, work: Callable[[Tx], T]) -> T:
        """Return ``work(tx)``, done in a writing transaction.

        Repeats the whole of it a few times when the database says that only luck was
        missing (serialization failure, deadlock, another process's lock, a connection that
        was lost before the commit).
        """
        for tries in range(RETRIES - 1):
            try:
                with self.write() as tx:
                    return work(tx)
            except Unavailable as error:
                if error.code not in REPEATED:
                    raise
            time.sleep(FIRST_PAUSE_S * 2**tries * random.random())  # noqa: S311 - no secret
        with self.write() as tx:
            return work(tx)

    def close(self) -> None:
        """Close every connection; in WAL mode the last one folds the log into the file."""
        self._of.close()


def sqlite_url(path: Path) -> str:
    """Return the URL of the SQLite database in ``path``."""
    return f"sqlite:///{path}"
