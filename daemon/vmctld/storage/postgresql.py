"""One PostgreSQL database: a pool of connections, and what its server's troubles mean.

A transaction that may write is READ COMMITTED: every claim is one conditional statement, which
waits for the row and then looks at it again.  A stricter level would refuse the second of two
claims on a busy host instead, and both would have to begin anew.  One that only reads is
REPEATABLE READ, as a reader of SQLite has it: one state from its first statement to its last.
A single statement sees one state anyway: without a transaction around it, one round trip to
the server does instead of three.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, text
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    InternalError,
    InvalidatePoolError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.pool import ConnectionPoolEntry

from vmctld.errors import NotSupported, TimedOut
from vmctld.storage.locks import READ_ONLY
from vmctld.storage.trouble import closed, commit_unknown, is_refusal, translated
from vmctld.storage.urls import parsed_url, place_of

DRIVER = "postgresql+psycopg"
APPLICATION = "vmctld"  # what the server calls a daemon's connections
POOLED = 10  # kept open; three daemons and their peaks stay below a server's usual 100
OVERFLOW = 20  # more of them at a peak
POOL_TIMEOUT_S = 10.0  # for one to come free
CONNECT_TIMEOUT_S = 5
PING_AFTER_S = 5.0  # idle for so long: ask first whether it is still there
SESSION = {
    "timezone": "utc",
    "statement_timeout": "30s",  # longer than any statement of ours by far
    "lock_timeout": "15s",
    "idle_in_transaction_session_timeout": "60s",  # a daemon that stands still holds no row
}
KEEPALIVE = {  # a server that vanished without a word is noticed in half a minute
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
_DAEMONS = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = :name"
)


class PostgresqlServer:
    """Gives transactions on one database."""

    def __init__(self, url: str) -> None:
        self._place = place_of(url)
        self._closed = False
        self._engine = _engine(url)
        self._reading = self._engine.execution_options(
            **{"isolation_level": "REPEATABLE READ", READ_ONLY: True}
        )
        self._looking = self._engine.execution_options(
            **{"isolation_level": "AUTOCOMMIT", READ_ONLY: True}
        )

    def read(self) -> AbstractContextManager[Connection]:
        """Give a transaction that only reads."""
        return self._reader(self._reading)

    def look(self) -> AbstractContextManager[Connection]:
        """Give a connection for one statement that only reads."""
        return self._reader(self._looking)

    @contextmanager
    def _reader(self, engine: Engine) -> Iterator[Connection]:
        connection = self._connect(engine)
        try:
            with self._in_our_words():
                yield connection
        finally:
            self._give_back(connection)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a transaction that may write."""
        connection = self._connect(self._engine)
        try:
            with self._in_our_words():
                connection.begin()
                yield connection
            self._commit(connection)
        finally:
            self._give_back(connection)

    def close(self) -> None:
        """Close every connection that is not in use; the others close as they come back."""
        self._closed = True
        self._engine.dispose()

    def _connect(self, engine: Engine) -> Connection:
        if self._closed:
            raise closed()
        try:
            with self._in_our_words():
                return engine.connect()
        except NoConnectionFree as error:
            raise TimedOut(
                f"no connection to the database came free in {POOL_TIMEOUT_S:.0f} s",
                code="database-busy",
            ) from error

    def _give_back(self, connection: Connection) -> None:
        """Roll back what was not committed, and keep the connection for the next one."""
        if self._closed and not connection.invalidated:
            connection.detach()  # its pool is gone
        connection.close()

    def _commit(self, connection: Connection) -> None:
        try:
            connection.commit()
        except DBAPIError as error:
            if error.connection_invalidated:
                raise commit_unknown(self._place) from error
            raise translated(error, self._place) from error

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, DataError) as error:
            raise translated(error, self._place) from error
        except (ProgrammingError, InternalError) as error:
            if not is_refusal(error):
                raise  # a fault of ours
            raise translated(error, self._place) from error


def daemons_on(tx: Connection) -> int:
    """Return how many connections of daemons the database has."""
    return int(tx.execute(_DAEMONS, {"name": APPLICATION}).scalar_one())


def _engine(url: str) -> Engine:
    parsed = parsed_url(url)
    try:
        engine = create_engine(
            parsed.set(drivername=DRIVER),
            pool_size=POOLED,
            max_overflow=OVERFLOW,
            pool_timeout=POOL_TIMEOUT_S,
            pool_use_lifo=True,  # the busiest connection has the statements prepared
            hide_parameters=True,  # a password's hash is one, and errors are logged
            connect_args=_connect_args(parsed),
        )
    except ModuleNotFoundError as error:
        raise NotSupported(
            "PostgreSQL needs a driver that is not installed",
            code="driver-missing",
            hint="pip install 'vmctl[postgresql]'",
        ) from error
    event.listen(engine, "checkout", _PingIfIdle(engine.dialect))
    event.listen(engine, "checkin", _note_time)
    return engine


def _connect_args(url: URL) -> dict[str, Any]:
    """Return what a connection is opened with; the URL's own words beat ours."""
    session = " ".join(f"-c {name}={value}" for name, value in SESSION.items())
    ours = {
        "application_name": APPLICATION,
        "connect_timeout": CONNECT_TIMEOUT_S,
        **KEEPALIVE,
    }
    theirs = {name: value for name, value in ours.items() if name not in url.query}
    return {**theirs, "options": f"{session} {url.query.get('options', '')}".strip()}


def _note_time(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["idle_since_s"] = time.monotonic()


class _PingIfIdle:
    """Has the pool open others when a connection died in its sleep.

    Asking each time would cost a round trip, as much as a boot's usual statement.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def __call__(self, connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        idle_since_s = record.info.get("idle_since_s")
        if idle_since_s is None or time.monotonic() - idle_since_s < PING_AFTER_S:
            return
        try:
            self._dialect.do_ping(connection)
        except self._dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error
