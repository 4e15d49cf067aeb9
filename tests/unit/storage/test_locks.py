"""Waiting for others, where there are others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.database import a_database
from tests.support.postgresql import Server
from tests.support.waiting import eventually
from vmctld.errors import Unavailable
from vmctld.storage import database as databases
from vmctld.storage.database import Database, Tx
from vmctld.storage.locks import keep_writers_out, may_write, one_at_a_time


@pytest.fixture(scope="module")
def url(postgresql: Server) -> str:
    url = postgresql.create("locks")
    database = Database(url)
    with database.write() as tx:
        tx.execute(text("CREATE TABLE things (name TEXT)"))
    database.close()
    return url


@pytest.fixture
def server(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


def _insert(tx: Tx) -> None:
    tx.execute(text("INSERT INTO things VALUES ('a')"))


def _count(tx: Tx) -> int:
    return int(tx.execute(text("SELECT count(*) FROM things")).scalar_one())


def test_a_reading_transaction_is_told_from_one_that_may_write(server: Database) -> None:
    with server.read() as reading, server.write() as writing:
        assert (may_write(reading), may_write(writing)) == (False, True)


@pytest.mark.parametrize(("second", "waits"), [("the same", True), ("another", False)])
def test_the_second_of_one_name_waits_for_the_first_to_end(
    server: Database, second: str, waits: bool
) -> None:
    entered = threading.Event()

    def enter() -> None:
        with server.write() as tx:
            one_at_a_time(tx, second)
            entered.set()

    later = threading.Thread(target=enter)
    with server.write() as tx:
        one_at_a_time(tx, "the same")
        later.start()
        if waits:
            assert eventually(lambda: _waiting(server) == 1)
            assert not entered.is_set()
        else:
            assert entered.wait(20)
    later.join(20)

    assert entered.is_set()


def _waiting(database: Database) -> int:
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with database.read() as tx:
        return int(tx.execute(text(query)).scalar_one())


def test_who_works_alone_sees_nobody_write(server: Database) -> None:
    other = threading.Thread(target=lambda: server.run(_insert))

    def work(tx: Tx) -> tuple[int, int]:
        before = _count(tx)
        other.start()
        return before, _count(tx)

    before, after = server.run_alone(work)
    other.join(20)

    assert before == after
    with server.read() as tx:
        assert _count(tx) == before + 1


def test_who_wants_to_work_alone_gives_way_to_those_who_write(
    server: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "RETRIES_ALONE", 2)

    with server.write() as tx:
        _insert(tx)
        with pytest.raises(Unavailable) as refused:
            server.run_alone(_count)

    assert refused.value.code == "database-conflict"


def test_one_writer_needs_no_locks(tmp_path: Path) -> None:
    database = a_database(tmp_path)

    with database.write() as tx:
        one_at_a_time(tx, "anything")
        keep_writers_out(tx)

    assert database.run_alone(lambda tx: 7) == 7
    database.close()
