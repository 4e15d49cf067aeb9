"""An installation's record in another database: all of it, verified, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from tests.support.clock import NOON
from tests.support.instances import an_instance, keep, keep_hosts, keep_placed
from vmctld.errors import Corrupted, WrongState
from vmctld.storage import copying, schema
from vmctld.storage.copying import Sum, copy_everything
from vmctld.storage.database import Database, sqlite_url
from vmctld.storage.repositories import instances, outbox
from vmctld.storage.tables import METADATA


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Database]:
    """A SQLite installation with hosts, instances and a message."""
    database = Database(sqlite_url(tmp_path / "source.db"))
    schema.ensure_schema(database)
    keep_hosts(database, "a")
    keep_placed(database, name="Ärger ☃", user_data=b"\0\xff")
    keep(database, *(an_instance() for _ in range(copying.BATCH)))
    with database.write() as tx:
        message = outbox.add(tx, "scheduler", "call", '{"a": "\\u0000"}', NOON)
        outbox.settle(tx, [outbox.add(tx, "scheduler", "call", "{}", NOON).id])
    assert message.id == 1
    yield database
    database.close()


@pytest.fixture
def target(bare_url: Callable[[], str]) -> Iterator[Database]:
    """An empty database of either kind."""
    database = Database(bare_url())
    yield database
    database.close()


def _rows(database: Database) -> dict[str, list[dict[str, object]]]:
    with database.read() as tx:
        return {
            table.name: sorted(
                (dict(row) for row in tx.execute(select(table)).mappings()), key=repr
            )
            for table in METADATA.sorted_tables
        }


def test_everything_arrives_and_the_sums_say_how_much(source: Database, target: Database) -> None:
    sums = copy_everything(source, target)

    assert _rows(target) == _rows(source)
    assert sums["instances"].rows == copying.BATCH + 1
    assert sums["outbox"].rows == 1
    assert sums["users"] == Sum(0, 0)


def test_no_number_is_given_twice_in_the_new_database(source: Database, target: Database) -> None:
    copy_everything(source, target)

    with target.write() as tx:
        assert outbox.add(tx, "scheduler", "call", "{}", NOON).id == 3


def test_the_way_back_brings_the_same(source: Database, target: Database, tmp_path: Path) -> None:
    back = Database(sqlite_url(tmp_path / "back.db"))

    there, again = copy_everything(source, target), copy_everything(target, back)

    assert there == again
    assert _rows(back) == _rows(source)
    back.close()


def test_a_target_that_holds_something_is_refused_and_stays_as_it_is(
    source: Database, target: Database
) -> None:
    with target.write() as tx:
        schema.upgrade(tx, schema.KNOWN[0])
        tx.execute(text("INSERT INTO keypairs VALUES ('u', 'k', 'ssh', 'p', 'f', '2026-03-01')"))

    with pytest.raises(WrongState) as refused:
        copy_everything(source, target)

    assert refused.value.code == "database-not-empty"
    assert refused.value.facts == {"table": "keypairs", "rows": 1}
    with target.read() as tx:
        assert schema.current_revision(tx) == schema.KNOWN[0]


def test_a_target_of_somebody_else_is_refused(source: Database, target: Database) -> None:
    with target.write() as tx:
        tx.execute(text("CREATE TABLE theirs (id INTEGER)"))

    with pytest.raises(WrongState) as refused:
        copy_everything(source, target)

    assert refused.value.code == "database-foreign"


def test_an_older_source_is_brought_up_to_date_first(target: Database, tmp_path: Path) -> None:
    older = Database(sqlite_url(tmp_path / "older.db"))
    with older.write() as tx:
        schema.upgrade(tx, schema.KNOWN[0])

    with pytest.raises(WrongState) as refused:
        copy_everything(older, target)

    older.close()
    assert refused.value.code == "database-older"


def test_what_arrives_as_something_else_is_not_kept(
    source: Database, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "set_last_id", _spoil)

    with pytest.raises(Corrupted) as refused:
        copy_everything(source, target)

    assert refused.value.code == "copy-differs"
    with target.read() as tx:
        assert tx.execute(select(func.count()).select_from(instances.TABLE)).scalar_one() == 0


def _spoil(tx: object, *_: object) -> None:
    tx.execute(text("UPDATE hosts SET free_ram_mib = free_ram_mib + 1"))  # type: ignore[attr-defined]


def test_a_sum_does_not_depend_on_the_order_of_rows() -> None:
    rows = [{"id": 1, "at": NOON}, {"id": 2, "at": None}]
    one, other = Sum(0, 0), Sum(0, 0)
    for row in rows:
        one = one.and_row(row)
    for row in reversed(rows):
        other = other.and_row(row)

    assert one == other
    assert one != Sum(0, 0).and_row(rows[0]).and_row({"id": 2, "at": NOON})
