"""The database's shape: brought up to date at start, refused when it is newer than we are.

Alembic is imported only when there is something to do: a daemon that starts on a database
of its own version does not pay for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from vmctld.domain.counting import counted
from vmctld.errors import WrongState
from vmctld.storage.database import Database, Tx

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0010"
KNOWN = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", HEAD)
"""Every revision there is, oldest first; a test compares it with the migrations."""


OURS = frozenset({"instances", "outbox", "journal"})  # since the first revision
VERSION_TABLE = "alembic_version"
ENCODING = "UTF8"
_LOCK = 0x766D63746C  # any number that nobody else locks in a database of ours


def ensure_schema(database: Database) -> None:
    """Bring the database to this version's shape.

    Several daemons may do so at once: the first one does it, the others wait.  Raises
    WrongState (``database-newer``, ``database-foreign``, ``database-encoding``) and leaves it
    untouched when it is of a version that this daemon does not know, or not ours at all.
    """
    with database.read() as tx:
        if checked_revision(tx) == HEAD:
            return
    with database.write() as tx:
        lock_schema(tx)
        if checked_revision(tx) != HEAD:
            upgrade(tx)


def checked_revision(tx: Tx) -> str | None:
    """Return the revision of a database that is ours or empty (None); else raise WrongState."""
    revision, tables = current_revision(tx), set(inspect(tx).get_table_names())
    if revision is not None and revision not in KNOWN:
        raise WrongState(
            f"the database is of revision {revision}, this daemon knows up to {HEAD}",
            code="database-newer",
            hint="start the daemon that wrote it, or a newer one",
            facts={"revision": revision, "known": HEAD},
        )
    theirs = tables - {VERSION_TABLE} if revision is None else OURS - tables
    if theirs:
        raise WrongState(
            f"the database holds {counted(len(tables), 'table')} of somebody else",
            code="database-foreign",
            hint="give the daemon a database of its own",
            facts={"tables": len(tables)},
        )
    if revision is None:
        _check_encoding(tx)
    return revision


def lock_schema(tx: Tx) -> None:
    """Wait until nobody else changes the shape, and keep them from it until the end of ``tx``.

    SQLite needs nothing: one writer at a time is all it has.
    """
    if tx.dialect.name == "postgresql":
        # changing a table may take as long as the table is
        tx.execute(text("SET LOCAL lock_timeout = 0"))
        tx.execute(text("SET LOCAL statement_timeout = 0"))
        tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _check_encoding(tx: Tx) -> None:
    if tx.dialect.name != "postgresql":
        return
    encoding = tx.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != ENCODING:
        raise WrongState(
            f"the database keeps its text in {encoding}, which has no room for every name",
            code="database-encoding",
            hint=f"createdb --encoding={ENCODING} --template=template0 makes one that has",
            facts={"encoding": encoding},
        )


def current_revision(tx: Tx) -> str | None:
    """Return the revision that the database says it is of; None when it has none."""
    if VERSION_TABLE not in inspect(tx).get_table_names():
        return None
    return tx.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to ``revision`` on an open connection, in its transaction."""
    from alembic import command

    command.upgrade(alembic_config(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Run the migrations down to ``revision``."""
    from alembic import command

    command.downgrade(alembic_config(connection), revision)


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration for our migrations on ``connection``."""
    from alembic.config import Config as AlembicConfig

    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
