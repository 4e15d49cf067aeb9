from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import inspect, text

from tests.support.postgresql import Server
from vmctld.errors import WrongState
from vmctld.storage import schema
from vmctld.storage.database import Database
from vmctld.storage.tables import METADATA


@pytest.fixture
def database(bare_url: Callable[[], str]) -> Iterator[Database]:
    database = Database(bare_url())
    yield database
    database.close()


def _tables(database: Database) -> set[str]:
    with database.read() as tx:
        return set(inspect(tx).get_table_names())


def test_an_empty_database_gets_every_table(database: Database) -> None:
    schema.ensure_schema(database)

    assert _tables(database) == {*METADATA.tables, "alembic_version"}


def _milestones(database: Database) -> list[str]:
    with database.read() as tx:
        return list(tx.execute(text("SELECT name FROM milestones ORDER BY name")).scalars())


def test_an_installation_that_has_started_before_has_made_its_first_things(
    database: Database,
) -> None:
    with database.write() as tx:
        schema.upgrade(tx, "0001")
        tx.execute(
            text(
                "INSERT INTO projects VALUES ('p', 'admin', '', true, '2026-03-01 12:00:00.000000')"
            )
        )

    schema.ensure_schema(database)

    assert _milestones(database) == ["first-flavors", "first-network"]


def test_a_fresh_installation_has_made_nothing(database: Database) -> None:
    schema.ensure_schema(database)

    assert _milestones(database) == []


def test_a_database_of_this_version_is_left_as_it_is(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema.ensure_schema(database)
    monkeypatch.setattr(schema, "upgrade", None)  # would fail if it were called

    schema.ensure_schema(database)


def test_a_database_of_a_newer_daemon_is_refused_and_untouched(database: Database) -> None:
    schema.ensure_schema(database)
    with database.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(WrongState) as refused:
        schema.ensure_schema(database)

    assert refused.value.code == "database-newer"
    with database.read() as tx:
        assert schema.current_revision(tx) == "9999"


def test_a_database_of_somebody_else_is_refused_and_untouched(database: Database) -> None:
    with database.write() as tx:
        tx.execute(text("CREATE TABLE theirs (id INTEGER)"))

    with pytest.raises(WrongState) as refused:
        schema.ensure_schema(database)

    assert refused.value.code == "database-foreign"
    assert _tables(database) == {"theirs"}


def test_a_revision_that_others_have_too_does_not_make_a_database_ours(database: Database) -> None:
    with database.write() as tx:
        tx.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
        tx.execute(text("INSERT INTO alembic_version VALUES ('0001')"))
        tx.execute(text("CREATE TABLE theirs (id INTEGER)"))

    with pytest.raises(WrongState) as refused:
        schema.ensure_schema(database)

    assert refused.value.code == "database-foreign"
    assert _tables(database) == {"theirs", "alembic_version"}


def test_daemons_that_start_at_once_make_the_tables_once(postgresql: Server) -> None:
    url = postgresql.create("at-once")
    failures: list[BaseException] = []

    def start() -> None:
        database = Database(url)
        try:
            schema.ensure_schema(database)
        except BaseException as error:
            failures.append(error)
        database.close()

    daemons = [threading.Thread(target=start) for _ in range(5)]
    for daemon in daemons:
        daemon.start()
    for daemon in daemons:
        daemon.join(60)

    assert failures == []


def test_a_database_that_cannot_keep_every_name_is_refused(postgresql: Server) -> None:
    database = Database(postgresql.create("narrow", encoding="LATIN1"))

    with pytest.raises(WrongState) as refused:
        schema.ensure_schema(database)

    database.close()
    assert refused.value.code == "database-encoding"
    assert refused.value.facts == {"encoding": "LATIN1"}
