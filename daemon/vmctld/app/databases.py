"""What an operator does with the database itself, while no daemon works with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from vmctld.app.lock import NAME, StateLock
from vmctld.config import Settings
from vmctld.domain.counting import counted
from vmctld.domain.operations import Diagnosis
from vmctld.errors import InvalidRequest, NotFound, WrongState
from vmctld.storage.checkup import check_database
from vmctld.storage.copying import Sum, copy_everything
from vmctld.storage.database import Database
from vmctld.storage.postgresql import APPLICATION, daemons_on
from vmctld.storage.schema import checked_revision, ensure_schema
from vmctld.storage.urls import file_of, named_for, place_of

TOOL = f"{APPLICATION}-db"


def name_of(url: str) -> str:
    """Return a database's URL as it may be shown."""
    file = file_of(url)
    return f"postgresql://{place_of(url)}" if file is None else f"sqlite:///{file}"


def revision_of(url: str) -> str | None:
    """Return the revision of a database; None: it is empty.

    Raises NotFound, Unavailable, WrongState (``database-newer``, ``database-foreign``).
    """
    _check_there(url)
    with _opened(url) as database, database.read() as tx:
        return checked_revision(tx)


def upgrade(settings: Settings) -> tuple[str | None, str | None]:
    """Bring the settings' database to this daemon's shape; return the revision before and after.

    Raises Unavailable (a daemon runs on it), WrongState.
    """
    with ExitStack() as stack:
        if file_of(settings.database_url) is not None:
            stack.callback(StateLock(settings.state_dir).release)  # makes it too, as a start does
        database = stack.enter_context(_opened(settings.database_url))
        with database.read() as tx:
            before = checked_revision(tx)
        ensure_schema(database)
        with database.read() as tx:
            return before, checked_revision(tx)


def check(url: str) -> tuple[Diagnosis, ...]:
    """Return what was looked at and how it was.  Raises NotFound, Unavailable, WrongState."""
    _check_there(url)
    with _opened(url) as database:
        return check_database(database)


def copy(settings: Settings, source_url: str, target_url: str) -> dict[str, Sum]:
    """Copy an installation's whole record and return the sum of each table.

    Raises InvalidRequest, NotFound, Unavailable and WrongState (a daemon runs on one of them,
    the target is not empty), Corrupted.
    """
    if name_of(source_url) == name_of(target_url):
        raise InvalidRequest("source and target are the same database", code="same-database")
    _check_there(source_url)
    with ExitStack() as stack:
        for directory in _directories(settings, source_url, target_url):
            stack.callback(StateLock(directory).release)
        source = stack.enter_context(_opened(source_url))
        target = stack.enter_context(_opened(target_url))
        for database in (source, target):
            _check_unused(database)
        return copy_everything(source, target)


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(url if file_of(url) else named_for(url, TOOL))
    try:
        yield database
    finally:
        database.close()


def _check_there(url: str) -> None:
    file = file_of(url)
    if file is not None and not file.exists():
        raise NotFound(
            f"there is no database {file}",
            code="no-such-database",
            hint="write sqlite:/// and the path: sqlite:////var/lib/vmctl/vmctl.db",
        )


def _directories(settings: Settings, *urls: str) -> list[Path]:
    """Return where a daemon that works with one of these databases would hold its lock."""
    directories = {file.parent for file in map(file_of, urls) if file is not None}
    if settings.database_url in urls:
        directories.add(settings.state_dir)
    return sorted(directory for directory in directories if (directory / NAME).exists())


def _check_unused(database: Database) -> None:
    if database.is_sqlite:
        return
    with database.read() as tx:
        count = daemons_on(tx)
    if count:
        raise WrongState(
            f"{name_of(database.url)} is in use by {counted(count, 'connection')} of vmctld",
            code="database-in-use",
            hint="stop all daemons that work with it first",
            facts={"connections": count},
        )
