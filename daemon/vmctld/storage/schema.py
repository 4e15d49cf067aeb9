"""The database's shape: brought up to date at start, refused when it is newer than we are.

Alembic is imported only when there is something to do: a daemon that starts on a database
of its own version does not pay for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from vmctld.errors import WrongState
from vmctld.storage.database import Database, Tx

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0003"
KNOWN = ("0001", "0002", HEAD)
"""Every revision there is, oldest first; a test compares it with the migrations."""


def ensure_schema(database: Database) -> None:
    """Bring the database to this version's shape.

    Raises WrongState (``database-newer``, ``database-foreign``) and leaves it untouched when
    it is of a version that this daemon does not know, or not ours at all.
    """
    with database.read() as tx:
        revision, tables = current_revision(tx), set(inspect(tx).get_table_names())
    if revision == HEAD:
        return
    if revision is not None and revision not in KNOWN:
        raise WrongState(
            f"the database is of revision {revision}, this daemon knows up to {HEAD}",
            code="database-newer",
            hint="start the daemon that wrote it, or a newer one",
            facts={"revision": revision, "known": HEAD},
        )
    if revision is None and tables:
        raise WrongState(
            f"the database holds {len(tables)} tables of somebody else",
            code="database-foreign",
            hint="give the daemon a database of its own",
            facts={"tables": len(tables)},
        )
    with database.write() as tx:
        upgrade(tx)


def current_revision(tx: Tx) -> str | None:
    """Return the revision that the database says it is of; None when it has none."""
    if "alembic_version" not in inspect(tx).get_table_names():
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
