"""The migrations, the tables in the code and the version that the daemon knows are one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from vmctld.storage import schema
from vmctld.storage.database import Database
from vmctld.storage.tables import METADATA


@pytest.fixture
def database(bare_url: Callable[[], str]) -> Iterator[Database]:
    database = Database(bare_url())
    schema.ensure_schema(database)
    yield database
    database.close()


def test_the_daemon_knows_every_migration_in_order(database: Database) -> None:
    with database.write() as tx:
        scripts = ScriptDirectory.from_config(schema.alembic_config(tx))

    revisions = [script.revision for script in scripts.walk_revisions()]
    assert tuple(reversed(revisions)) == schema.KNOWN
    assert scripts.get_current_head() == schema.HEAD == schema.KNOWN[-1]


def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.read() as tx:
        differences = compare_metadata(MigrationContext.configure(tx), METADATA)

    assert differences == []


@pytest.mark.parametrize("revision", ["base", *schema.KNOWN[:-1]])
def test_every_migration_can_be_taken_back_and_made_again(
    database: Database, revision: str
) -> None:
    with database.write() as tx:
        schema.downgrade(tx, revision)
    if revision == "base":
        with database.read() as tx:
            left = {*inspect(tx).get_table_names(), *inspect(tx).get_view_names()}
        assert left == {"alembic_version"}

    schema.ensure_schema(database)
    with database.read() as tx:
        assert schema.current_revision(tx) == schema.HEAD
        assert compare_metadata(MigrationContext.configure(tx), METADATA) == []


def test_every_audit_view_can_be_read(database: Database) -> None:
    with database.read() as tx:
        views = sorted(inspect(tx).get_view_names())
        for view in views:
            assert tx.execute(text(f"SELECT * FROM {view}")).all() == []

    assert views == [
        "audit_attachments",
        "audit_hosts",
        "audit_images",
        "audit_instances",
        "audit_ports",
        "audit_volumes",
    ]
