"""One database: how transactions are begun, bounded and retried on SQLite and PostgreSQL.

SQLite allows one writer.  Waiting for it inside SQLite starves threads (its busy handler
sleeps and guesses), so writers of this process queue at a lock of ours and hold it for the
transaction only; ``BEGIN IMMEDIATE`` keeps writers of other processes out.  Readers have
connections of their own and never wait: the journal mode is WAL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from vmctld.errors import Unavailable
from vmctld.storage.sqlite import SqliteFile
from vmctld.storage.trouble import translated

Tx = Connection
T = TypeVar("T")

RETRIES = 3
POOLED = 8
OVERFLOW = 40  # as many as unary workers and then some

_TRANSIENT_SQLSTATES = frozenset({"40001", "40P01"})  # serialization failure, deadlock


class Database:
    """Gives transactions.  Thread-safe; one for the whole process."""

    def __init__(self, url: str, *, sync_full: bool = False) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self._sqlite = SqliteFile(url, sync_full=sync_full) if self.is_sqlite else None
        self._server = None if self.is_sqlite else _postgresql_engine(url)

    def read(self) -> AbstractContextManager[Tx]:
        """Give a transaction that only reads, on one consistent state."""
        if self._sqlite is not None:
            return self._sqlite.read()
        return self._of_server(self._engine().connect)

    def write(self) -> AbstractContextManager[Tx]:
        """Give a transaction that may write; commits at the end, rolls back on an exception.

        Raises Exhausted (disk full), TimedOut (another writer holds on), Unavailable.
        """
        if self._sqlite is not None:
            return self._sqlite.write()
        return self._of_server(self._engine().begin)

    def run(self, work: Callable[[Tx], T]) -> T:
        """Return ``work(tx)``, done in a writing transaction.

        Repeats the whole of it a few times when the database says that only luck was
        missing (serialization failure, deadlock, another process's lock).
        """
        for _ in range(RETRIES - 1):
            try:
                with self.write() as tx:
                    return work(tx)
            except Unavailable as error:
                if not _is_transient(error.__cause__):
                    raise
        with self.write() as tx:
            return work(tx)

    def close(self) -> None:
        """Close every connection; in WAL mode the last one folds the log into the file."""
        if self._sqlite is not None:
            self._sqlite.close()
        else:
            self._engine().dispose()

    def _engine(self) -> Engine:
        assert self._server is not None
        return self._server

    @contextmanager
    def _of_server(self, begin: Callable[[], AbstractContextManager[Tx]]) -> Iterator[Tx]:
        try:
            with begin() as connection:
                yield connection
        except OperationalError as error:
            raise translated(error) from error


def sqlite_url(path: Path) -> str:
    """Return the URL of the SQLite database in ``path``."""
    return f"sqlite:///{path}"


def _postgresql_engine(url: str) -> Engine:
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=POOLED,
        max_overflow=OVERFLOW,
        pool_pre_ping=True,
        connect_args={"options": "-c timezone=utc"},
    )


def _is_transient(cause: BaseException | None) -> bool:
    if not isinstance(cause, DBAPIError):
        return False
    if getattr(cause.orig, "sqlstate", None) in _TRANSIENT_SQLSTATES:
        return True
    return "locked" in str(cause.orig)
