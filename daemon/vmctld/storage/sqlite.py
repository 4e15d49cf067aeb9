"""One SQLite file: a kept connection for all writers, kept ones for readers.

Transactions are begun and ended on SQLite's own connection, not by SQLAlchemy: its
bookkeeping for one costs as much as a statement, and a boot has a dozen of them.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from vmctld.domain.patterns import fits
from vmctld.errors import TimedOut
from vmctld.storage.trouble import closed, translated

WRITE_LOCK_TIMEOUT_S = 30.0  # longer than any transaction of ours by far
CHECKPOINT_PAGES = 8_000  # 32 MiB of log: SQLite's own 1,000 are six boots, and each syncs twice
READ_CACHE_KIB = 256  # of each reader; there may be dozens, and the kernel caches the file too
BUSY_TIMEOUT_MS = 5_000  # for writers of other processes, such as a backup tool


class SqliteFile:
    """Gives transactions on one file."""

    def __init__(self, url: str, *, sync_full: bool) -> None:
        _make_private(make_url(url).database)
        self._engine = create_engine(
            url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            json_deserializer=_from_json,
            hide_parameters=True,  # a password's hash is one, and errors are logged
            connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
        )
        self._pragmas = (
            "PRAGMA foreign_keys=ON",
            f"PRAGMA synchronous={'FULL' if sync_full else 'NORMAL'}",
        )
        self._write_lock = threading.Lock()
        self._writer: _Kept | None = None
        self._readers: list[_Kept] = []  # those that nobody uses; a list's ends are thread-safe
        self._closed = False

    def read(self) -> _Reading:
        """Give a transaction that only reads."""
        return _Reading(self)

    def look(self) -> _Reading:
        """Give what one statement that only reads needs: a transaction costs next to nothing."""
        return _Reading(self)

    def write(self) -> _Writing:
        """Give a transaction that may write."""
        return _Writing(self)

    def close(self) -> None:
        """Close every connection that is not in use; the others close as they come back."""
        with self._write_lock:
            self._closed = True
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        while self._readers:
            self._readers.pop().close()
        self._engine.dispose()

    def take_writer(self) -> _Kept:
        """Return the one connection for writing, locked for the caller."""
        if not self._write_lock.acquire(timeout=WRITE_LOCK_TIMEOUT_S):
            raise TimedOut(f"the database was busy for {WRITE_LOCK_TIMEOUT_S:.0f} s")
        try:
            if self._writer is None:
                self._writer = self._connect(
                    "PRAGMA journal_mode=WAL", f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}"
                )
        except BaseException:
            self._write_lock.release()
            raise
        return self._writer

    def give_writer_back(self) -> None:
        """Let the next one write."""
        self._write_lock.release()

    def take_reader(self) -> _Kept:
        """Return a connection for reading that nobody else uses."""
        try:
            return self._readers.pop()
        except IndexError:
            return self._connect("PRAGMA query_only=ON", f"PRAGMA cache_size=-{READ_CACHE_KIB}")

    def give_reader_back(self, reader: _Kept) -> None:
        """Keep it for the next one."""
        if self._closed:
            reader.close()
        else:
            self._readers.append(reader)

    def _connect(self, *pragmas: str) -> _Kept:
        if self._closed:
            raise closed()
        try:
            kept = _Kept(self._engine.connect())
            for text in (*pragmas, *self._pragmas):
                kept.raw.execute(text)
            kept.raw.create_function("regexp", 2, fits, deterministic=True)
        except (OperationalError, sqlite3.DatabaseError) as error:
            raise translated(error) from error
        return kept


def _from_json(text: str) -> Any:
    """Return what a column of JSON holds.

    It was written by us, so nothing is around it: ``json.loads`` looks for that with two
    patterns, and takes three times as long.  A page of 1,000 instances has 8,000 of them.
    """
    if len(text) == 2:  # most lists and objects are empty
        return [] if text == "[]" else {}
    value, _ = _DECODER.raw_decode(text)
    return value


_DECODER = json.JSONDecoder()


def _make_private(file: str | None) -> None:
    """Make the file before SQLite does, which would let everybody read; its logs take after it."""
    if file:
        with suppress(OSError):  # SQLite says it better, when the first transaction begins
            Path(file).touch(mode=0o600)


class _Kept:
    """A connection, with SQLite's own one below it."""

    __slots__ = ("connection", "raw")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.raw = cast(sqlite3.Connection, connection.connection.dbapi_connection)

    def close(self) -> None:
        self.connection.close()


class _Reading:
    """``with`` gives a connection on one consistent state."""

    __slots__ = ("_file", "_kept")
    _kept: _Kept

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    def __enter__(self) -> Connection:
        self._kept = self._file.take_reader()
        self._kept.raw.execute("BEGIN")
        return self._kept.connection

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._kept.raw.in_transaction:
            self._kept.raw.execute("ROLLBACK")
        self._file.give_reader_back(self._kept)
        if isinstance(error, OperationalError | sqlite3.OperationalError):
            raise translated(error) from error


class _Writing:
    """``with`` gives the connection for writing; its end commits, an exception rolls back."""

    __slots__ = ("_file", "_kept")
    _kept: _Kept

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    def __enter__(self) -> Connection:
        self._kept = self._file.take_writer()
        try:
            self._kept.raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            self._file.give_writer_back()
            raise translated(error) from error
        return self._kept.connection

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._commit()
            elif self._kept.raw.in_transaction:  # SQLite ends it itself when the disk is full
                self._kept.raw.execute("ROLLBACK")
        finally:
            self._file.give_writer_back()
        if isinstance(error, OperationalError | sqlite3.OperationalError):
            raise translated(error) from error

    def _commit(self) -> None:
        if not self._kept.raw.in_transaction:
            return  # Alembic ends the transaction of a migration itself
        try:
            self._kept.raw.execute("COMMIT")
        except sqlite3.OperationalError as failure:
            if self._kept.raw.in_transaction:
                self._kept.raw.execute("ROLLBACK")
            raise translated(failure) from failure
