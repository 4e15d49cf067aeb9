"""What can be said of a database from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from vmctld.domain.operations import Diagnosis, Outcome
from vmctld.errors import WrongState
from vmctld.storage import checkup, schema
from vmctld.storage.checkup import check_database
from vmctld.storage.database import Database


@pytest.fixture
def bare(bare_url: Callable[[], str]) -> Iterator[Database]:
    """An empty database of either kind."""
    database = Database(bare_url())
    yield database
    database.close()


@pytest.fixture
def own(bare: Database) -> Database:
    """One of this daemon's shape that a test may spoil."""
    schema.ensure_schema(bare)
    return bare


def _found(database: Database) -> dict[str, Diagnosis]:
    return {diagnosis.name: diagnosis for diagnosis in check_database(database)}


def test_a_database_of_this_daemon_is_as_it_should_be(own: Database) -> None:
    found = _found(own)

    assert found["answer"].detail.startswith("SQLite 3" if own.is_sqlite else "PostgreSQL ")
    assert {found[name].outcome for name in ("answer", "revision", "shape")} == {Outcome.OK}


def test_an_empty_database_is_to_be_brought_up_to_date(bare: Database) -> None:
    revision = _found(bare)["revision"]

    assert revision.outcome is Outcome.FAILED
    assert revision.remedy == "vmctld db upgrade"


def test_what_somebody_changed_by_hand_is_told(own: Database) -> None:
    with own.write() as tx:
        tx.execute(text("DROP INDEX ix_instances_name"))
        tx.execute(text("DROP VIEW audit_images"))

    shape = _found(own)["shape"]

    assert shape.outcome is Outcome.FAILED
    assert shape.detail == "2 differences: no index ix_instances_name; no view audit_images"


def test_a_database_of_somebody_else_is_refused(bare: Database) -> None:
    with bare.write() as tx:
        tx.execute(text("CREATE TABLE theirs (id INTEGER)"))

    with pytest.raises(WrongState):
        check_database(bare)


def test_a_server_that_may_lose_something_says_what(own: Database) -> None:
    if own.is_sqlite:
        assert "durability" not in _found(own)
        return

    durability = _found(own)["durability"]

    assert durability.outcome is Outcome.WARNING
    assert durability.detail.startswith("fsync, full_page_writes off")


def test_a_server_without_room_for_a_daemon_is_a_warning(
    own: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkup, "OVERFLOW", 10_000)

    connections = _found(own).get("connections")

    assert (connections is None) is own.is_sqlite
    assert connections is None or connections.outcome is Outcome.WARNING
