from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from tests.support.cloud import eventually
from vmctld.errors import Unavailable
from vmctld.storage.database import RETRIES, Database, Tx


@pytest.fixture
def database(bare_url: Callable[[], str]) -> Iterator[Database]:
    database = Database(bare_url())
    with database.write() as tx:
        tx.execute(text("CREATE TABLE things (name TEXT UNIQUE)"))
    yield database
    database.close()


def _insert(tx: Tx, name: str) -> None:
    tx.execute(text("INSERT INTO things VALUES (:name)"), {"name": name})


def _names(database: Database) -> list[str]:
    with database.read() as tx:
        return list(tx.execute(text("SELECT name FROM things ORDER BY name")).scalars())


def test_what_is_written_is_there_when_the_block_ends(database: Database) -> None:
    with database.write() as tx:
        _insert(tx, "a")
        assert _names(database) == []

    assert _names(database) == ["a"]


def test_an_exception_takes_everything_back(database: Database) -> None:
    def fail() -> None:
        with database.write() as tx:
            _insert(tx, "a")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()

    assert _names(database) == []
    with database.write() as tx:  # and the next one may write
        _insert(tx, "b")


def test_a_look_sees_what_is_there_now_and_leaves_nothing_open(database: Database) -> None:
    count = text("SELECT COUNT(*) FROM things")

    for number in range(3):
        with database.look() as tx:
            assert tx.execute(count).scalar_one() == number
        with database.write() as tx:
            _insert(tx, f"name-{number}")

    with database.read() as reading:  # on the connection that was looked through
        before = reading.execute(count).scalar_one()
        with database.write() as tx:
            _insert(tx, "late")
        assert reading.execute(count).scalar_one() == before == 3


def test_a_reader_sees_one_state_from_begin_to_end(database: Database) -> None:
    with database.read() as reading:
        count = text("SELECT COUNT(*) FROM things")
        before = reading.execute(count).scalar_one()
        with database.write() as tx:
            _insert(tx, "a")

        assert reading.execute(count).scalar_one() == before


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises((Unavailable, OperationalError)), database.read() as tx:
        _insert(tx, "a")

    assert _names(database) == []


def test_writers_wait_for_each_other(database: Database) -> None:
    threads = []
    for number in range(8):

        def write(number: int = number) -> None:
            for turn in range(10):
                with database.write() as tx:
                    _insert(tx, f"{number}-{turn}")

        threads.append(threading.Thread(target=write))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(_names(database)) == 80


def test_foreign_keys_are_enforced(database: Database) -> None:
    with database.write() as tx:
        tx.execute(text("CREATE TABLE parts (of TEXT REFERENCES things (name))"))

    with pytest.raises(IntegrityError), database.write() as tx:
        tx.execute(text("INSERT INTO parts VALUES ('nothing')"))


def test_work_is_done_again_when_only_luck_was_missing(database: Database) -> None:
    tries: list[int] = []

    def work(tx: Tx) -> str:
        tries.append(len(tries))
        if len(tries) < RETRIES:
            locked = sqlite3.OperationalError("database is locked")
            raise OperationalError("x", {}, locked)
        return "done"

    assert database.run(work) == "done"
    assert len(tries) == RETRIES


def test_work_that_can_never_succeed_is_not_repeated(database: Database) -> None:
    tries: list[int] = []

    def work(tx: Tx) -> None:
        tries.append(1)
        raise OperationalError("x", {}, sqlite3.OperationalError("disk I/O error"))

    with pytest.raises(Unavailable):
        database.run(work)

    assert len(tries) == 1


def test_a_database_that_was_closed_says_so(database: Database) -> None:
    database.close()

    with pytest.raises(Unavailable), database.write() as tx:
        _insert(tx, "a")


def test_a_reader_that_outlives_the_closing_ends_in_peace(database: Database) -> None:
    is_reading, go_on, seen = threading.Event(), threading.Event(), []

    def read() -> None:
        with database.read() as tx:
            is_reading.set()
            go_on.wait(20)
            seen.append(tx.execute(text("SELECT 1")).scalar_one())

    reader = threading.Thread(target=read)
    reader.start()
    eventually(is_reading.is_set, "it reads")
    database.close()
    go_on.set()
    reader.join(20)

    assert seen == [1]


def test_an_error_that_is_logged_shows_no_values(database: Database) -> None:
    def insert(tx: Tx) -> None:
        tx.execute(text("INSERT INTO things VALUES (:name)"), {"name": "canary-4711"})

    database.run(insert)
    with pytest.raises(IntegrityError) as refused:
        database.run(insert)

    assert "canary" not in str(refused.value).replace(str(refused.value.orig), "")
