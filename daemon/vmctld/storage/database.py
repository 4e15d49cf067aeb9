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

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from vmctld.errors import Unavailable
from vmctld.storage.locks import keep_writers_out
from vmctld.storage.postgresql import PostgresqlServer
from vmctld.storage.sqlite import SqliteFile
from vmctld.storage.trouble import is_bad_luck
from vmctld.storage.urls import file_of

Tx = Connection
T = TypeVar("T")

RETRIES = 5
RETRIES_ALONE = 40
FIRST_PAUSE_S = 0.01  # doubled each time, and then some part of it: not all come back at once
LONGEST_PAUSE_S = 0.5


class Database:
    """Gives transactions.  Thread-safe; one for the whole process."""

    def __init__(self, url: str, *, sync_full: bool = False) -> None:
        self.url = url
        self.is_sqlite = file_of(url) is not None
        self._of: SqliteFile | PostgresqlServer = (
            SqliteFile(url, sync_full=sync_full) if self.is_sqlite else PostgresqlServer(url)
        )

    def read(self) -> AbstractContextManager[Tx]:
        """Give a transaction that only reads, on one consistent state."""
        return self._of.read()

    def look(self) -> AbstractContextManager[Tx]:
        """Give what a statement that only reads needs, or some that need not agree.

        On PostgreSQL that is no transaction, and a third of the way to the server and back.
        """
        return self._of.look()

    def write(self) -> AbstractContextManager[Tx]:
        """Give a transaction that may write; commits at the end, rolls back on an exception.

        Raises Exhausted (disk full), TimedOut (another writer holds on), Unavailable.
        """
        return self._of.write()

    def run(self, work: Callable[[Tx], T]) -> T:
        """Return ``work(tx)``, done in a writing transaction.

        Repeats the whole of it a few times when only luck was missing: a serialization
        failure, a deadlock, another process's lock, a connection that was lost before the
        commit, a key that somebody else took after ``work`` had found it free.
        """
        return self._repeated(work, RETRIES)

    def run_alone(self, work: Callable[[Tx], T]) -> T:
        """Return ``work(tx)``, done while nobody else writes.

        For what looks at much and then changes it, and is done seldom.  Raises Unavailable
        (``database-conflict``) when others leave no gap.
        """

        def alone(tx: Tx) -> T:
            keep_writers_out(tx)
            return work(tx)

        return self._repeated(alone, RETRIES_ALONE)

    def _repeated(self, work: Callable[[Tx], T], times: int) -> T:
        pause_s = FIRST_PAUSE_S
        for _ in range(times - 1):
            try:
                with self.write() as tx:
                    return work(tx)
            except (Unavailable, IntegrityError) as error:
                if not is_bad_luck(error):
                    raise
            time.sleep(pause_s * random.random())  # noqa: S311 - no secret
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        with self.write() as tx:
            return work(tx)

    def close(self) -> None:
        """Close every connection; in WAL mode the last one folds the log into the file."""
        self._of.close()


def sqlite_url(path: Path) -> str:
    """Return the URL of the SQLite database in ``path``."""
    return f"sqlite:///{path}"
