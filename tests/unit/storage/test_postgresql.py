"""What only a server has: it is away, refuses, restarts, and lets others write meanwhile."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.postgresql import Server
from vmctld.errors import InvalidRequest, NotSupported, TimedOut, Unavailable, VmctlError
from vmctld.storage import database as databases
from vmctld.storage import postgresql as module
from vmctld.storage.database import Database, Tx
from vmctld.storage.urls import named_for

WRONG = "wrong-password-4711"


@pytest.fixture(scope="module")
def url(postgresql: Server) -> str:
    """A database with a table of two rows."""
    url = postgresql.create("things")
    database = Database(url)
    with database.write() as tx:
        tx.execute(text("CREATE TABLE things (name TEXT PRIMARY KEY, size INTEGER)"))
        tx.execute(text("INSERT INTO things VALUES ('a', 0), ('b', 0)"))
    database.close()
    return url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server to be hurt."""
    directory = Path(tempfile.mkdtemp(prefix="vmctl-postgresql-"))
    server = Server(directory)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory)


def _one(database: Database) -> int:
    with database.read() as tx:
        return int(tx.execute(text("SELECT 1")).scalar_one())


def _refused(url: str) -> VmctlError:
    database = Database(url)
    with pytest.raises(Unavailable) as refused:
        _one(database)
    database.close()
    assert WRONG not in "".join(traceback.format_exception(refused.value))
    return refused.value


def test_a_server_that_is_not_there_is_named(postgresql: Server) -> None:
    error = _refused(postgresql.url("things", password=WRONG, port=1))

    assert error.code == "database-unavailable"
    assert error.message == "the database 127.0.0.1:1/things does not answer"


@pytest.mark.parametrize(
    "wrong", [{"password": WRONG}, {"database": "nothing"}, {"user": "nobody"}], ids=str
)
def test_a_refused_sign_in_is_told_from_a_server_that_is_away(
    postgresql: Server, wrong: dict[str, str]
) -> None:
    error = _refused(postgresql.url(**{"database": "things", **wrong}))

    assert error.code == "database-access-denied"
    assert str(postgresql.port) in error.message


def test_a_user_without_rights_is_told_so(postgresql: Server) -> None:
    database = Database(postgresql.create("theirs", owner="postgres"))

    with pytest.raises(Unavailable) as refused, database.write() as tx:
        tx.execute(text("CREATE TABLE ours (id INTEGER)"))

    database.close()
    assert refused.value.code == "database-access-denied"


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(NotSupported) as refused:
        Database("postgresql://u@db/cloud")

    assert refused.value.code == "driver-missing"


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_a_transaction_that_the_server_took_back_is_done_again(
    database: Database, state: str
) -> None:
    tries: list[int] = []

    def work(tx: Tx) -> str:
        tries.append(len(tries))
        if len(tries) < databases.RETRIES:
            tx.execute(text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$"))
        return "done"

    assert database.run(work) == "done"
    assert len(tries) == databases.RETRIES


def test_transactions_that_lock_crosswise_both_succeed(database: Database) -> None:
    both_hold_one, failures = threading.Barrier(2), []
    is_first_try = {"a": True, "b": True}

    def grow(first: str, second: str) -> None:
        def work(tx: Tx) -> None:
            _grow(tx, first)
            if is_first_try[first]:
                is_first_try[first] = False
                both_hold_one.wait(20)
            _grow(tx, second)

        try:
            database.run(work)
        except BaseException as error:
            failures.append(error)

    _at_once(lambda: grow("a", "b"), lambda: grow("b", "a"))

    assert failures == []
    with database.read() as tx:
        assert tx.execute(text("SELECT min(size), max(size) FROM things")).one() == (2, 2)


def test_who_is_second_to_take_a_key_looks_again(database: Database, url: str) -> None:
    other, seen = Database(url), []

    def work(tx: Tx) -> bool:
        is_taken = tx.execute(text("SELECT 1 FROM things WHERE name = 'c'")).first() is not None
        seen.append(is_taken)
        if is_taken:
            return False
        with other.write() as faster:
            faster.execute(text("INSERT INTO things VALUES ('c', 0)"))
        tx.execute(text("INSERT INTO things VALUES ('c', 1)"))
        return True

    assert database.run(work) is False
    assert seen == [False, True]
    with other.write() as tx:
        tx.execute(text("DELETE FROM things WHERE name = 'c'"))
    other.close()


def test_a_connection_that_is_lost_before_the_commit_costs_another_try(database: Database) -> None:
    tries: list[int] = []

    def work(tx: Tx) -> None:
        tries.append(1)
        if len(tries) == 1:
            tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    database.run(work)

    assert len(tries) == 2


def test_a_connection_that_is_lost_in_the_commit_is_for_the_caller_to_judge(
    postgresql: Server,
) -> None:
    database = Database(postgresql.create("fragile"))
    with database.write() as tx:
        tx.execute(text("CREATE TABLE doomed (id INTEGER)"))
        tx.execute(
            text(
                "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
            )
        )
        tx.execute(
            text(
                "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON doomed"
                " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()"
            )
        )
    tries: list[int] = []

    def work(tx: Tx) -> None:
        tries.append(1)
        tx.execute(text("INSERT INTO doomed VALUES (1)"))

    with pytest.raises(Unavailable) as lost:
        database.run(work)

    database.close()
    assert lost.value.code == "database-commit-unknown"
    assert len(tries) == 1


def test_a_server_that_restarts_is_found_again(own_server: Server) -> None:
    database = Database(own_server.create("things"))
    with database.read() as _, database.read() as _, database.read() as _:
        pass  # three connections that do not know yet

    own_server.kill()
    with pytest.raises(Unavailable):
        _one(database)
    own_server.start()

    assert [_one(database) for _ in range(3)] == [1, 1, 1]
    database.close()


def test_a_connection_that_died_in_its_sleep_is_not_noticed(
    own_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PING_AFTER_S", 0.0)
    database = Database(own_server.create("things"))
    assert _one(database) == 1

    own_server.stop()
    own_server.start()

    assert _one(database) == 1
    database.close()


def test_a_statement_that_takes_too_long_is_ended(url: str) -> None:
    database = Database(f"{url}?options=-c%20statement_timeout%3D20ms")

    with pytest.raises(TimedOut) as ended, database.write() as tx:
        tx.execute(text("SELECT pg_sleep(20)"))

    database.close()
    assert ended.value.code == "database-slow"


def test_who_gets_no_connection_is_told_so(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POOLED", 1)
    monkeypatch.setattr(module, "OVERFLOW", 0)
    monkeypatch.setattr(module, "POOL_TIMEOUT_S", 0.01)
    database = Database(url)

    with database.read(), pytest.raises(TimedOut) as refused:
        _one(database)

    database.close()
    assert refused.value.code == "database-busy"


@pytest.mark.parametrize("value", [("d\0", 1), ("d", 2**40)], ids=["zero byte", "too large"])
def test_what_cannot_be_kept_is_the_callers_to_change(
    database: Database, value: tuple[str, int]
) -> None:
    insert = text("INSERT INTO things VALUES (:name, :size)")

    with pytest.raises(InvalidRequest) as refused, database.write() as tx:
        tx.execute(insert, {"name": value[0], "size": value[1]})

    assert refused.value.code == "unstorable-value"


def test_the_connections_of_daemons_are_told_from_those_of_tools(url: str) -> None:
    daemon, tool = Database(url), Database(named_for(url, "another"))

    with daemon.read(), tool.read() as tx:
        assert module.daemons_on(tx) == 1

    daemon.close()
    tool.close()


def _grow(tx: Tx, name: str) -> None:
    tx.execute(text("UPDATE things SET size = size + 1 WHERE name = :name"), {"name": name})


def _at_once(*works: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
