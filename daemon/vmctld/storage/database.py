"""One database: how transactions are begun, bounded and retried on SQLite and PostgreSQL.

SQLite allows one writer.  Waiting for it inside SQLite starves threads (its busy handler
sleeps and guesses), so writers of this process queue at a lock of ours and hold it for the
transaction only; ``BEGIN IMMEDIATE`` keeps writers of other processes out.  Readers have an
engine of their own and never wait: the journal mode is WAL.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool, StaticPool

from vmctld.errors import Exhausted, TimedOut, Unavailable

Tx = Connection
T = TypeVar("T")

WRITE_LOCK_TIMEOUT_S = 30.0  # longer than any transaction of ours by far
BUSY_TIMEOUT_MS = 5_000  # for writers of other processes, such as a backup tool
RETRIES = 3
READERS = 40  # as many as unary workers and then some

_TRANSIENT_SQLSTATES = frozenset({"40001", "40P01"})  # serialization failure, deadlock


class Database:
    """Gives transactions.  Thread-safe; one for the whole process."""

    def __init__(self, url: str, *, sync_full: bool = False) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._writer, self._reader = _sqlite_engines(url, sync_full=sync_full)
        else:
            self._writer = self._reader = _postgresql_engine(url)
        self._write_lock = threading.Lock()
        self._kept: Connection | None = None

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """Give a transaction that only reads, on one consistent state."""
        with _translated(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """Give a transaction that may write; commits at the end, rolls back on an exception.

        Raises Exhausted (disk full), TimedOut (another writer holds on), Unavailable.
        """
        if not self.is_sqlite:
            with _translated(), self._writer.begin() as connection:
                yield connection
            return
        if not self._write_lock.acquire(timeout=WRITE_LOCK_TIMEOUT_S):
            raise TimedOut(f"the database was busy for {WRITE_LOCK_TIMEOUT_S:.0f} s")
        try:
            with _translated(), self._kept_connection().begin():
                yield self._kept_connection()
        finally:
            self._write_lock.release()

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
        with self._write_lock:
            if self._kept is not None:
                self._kept.close()
                self._kept = None
        self._writer.dispose()
        self._reader.dispose()

    def _kept_connection(self) -> Connection:
        # One connection for all writes: the lock hands it from thread to thread.
        if self._kept is None:
            self._kept = self._writer.connect()
        return self._kept


def sqlite_url(path: Path) -> str:
    """Return the URL of the SQLite database in ``path``."""
    return f"sqlite:///{path}"


def _sqlite_engines(url: str, *, sync_full: bool) -> tuple[Engine, Engine]:
    arguments = {"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000}
    writer = create_engine(url, poolclass=StaticPool, connect_args=arguments)
    reader = create_engine(
        url, poolclass=QueuePool, pool_size=8, max_overflow=READERS, connect_args=arguments
    )
    pragmas = ["PRAGMA foreign_keys=ON", f"PRAGMA synchronous={'FULL' if sync_full else 'NORMAL'}"]
    for engine, begin, extra in (
        (writer, "BEGIN IMMEDIATE", ["PRAGMA journal_mode=WAL"]),
        (reader, "BEGIN", ["PRAGMA query_only=ON"]),
    ):
        _prepare(engine, begin, [*extra, *pragmas])
    return writer, reader


def _prepare(engine: Engine, begin: str, pragmas: list[str]) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # else pysqlite begins transactions by itself
        for pragma in pragmas:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _postgresql_engine(url: str) -> Engine:
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=8,
        max_overflow=READERS,
        pool_pre_ping=True,
        connect_args={"options": "-c timezone=utc"},
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if "disk is full" in str(error.orig):
            raise Exhausted(
                "the disk that holds the database is full",
                code="disk-full",
                hint="free some space, or move the state directory",
            ) from error
        raise Unavailable("the database does not answer", code="database-unavailable") from error


def _is_transient(cause: BaseException | None) -> bool:
    if not isinstance(cause, DBAPIError):
        return False
    if getattr(cause.orig, "sqlstate", None) in _TRANSIENT_SQLSTATES:
        return True
    return "locked" in str(cause.orig)
