"""What an operator does with the database, and what keeps a daemon's database safe from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.postgresql import Server
from vmctld.app import databases
from vmctld.app.lock import StateLock
from vmctld.config import Settings, load
from vmctld.errors import InvalidRequest, NotFound, Unavailable, WrongState
from vmctld.storage.database import Database, sqlite_url
from vmctld.storage.schema import HEAD

CANARY = "canary-4711"


def _settings(tmp_path: Path, **options: object) -> Settings:
    environ: Mapping[str, str] = {}
    return load({"state_dir": tmp_path / "state", **options}, environ)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:////srv/vmctl.db", "sqlite:////srv/vmctl.db"),
        (f"postgresql://u:{CANARY}@db/cloud", "postgresql://db:5432/cloud"),
        (f"postgresql+psycopg://u:{CANARY}@db:7/cloud", "postgresql://db:7/cloud"),
    ],
)
def test_a_database_is_named_without_its_password(url: str, name: str) -> None:
    assert databases.name_of(url) == name


def test_a_fresh_database_is_brought_up_to_date_once(tmp_path: Path) -> None:
    settings = _settings(tmp_path)

    assert databases.upgrade(settings) == (None, HEAD)
    assert databases.upgrade(settings) == (HEAD, HEAD)
    assert databases.revision_of(settings.database_url) == HEAD
    assert next(iter(databases.check(settings.database_url))).name == "answer"


def test_a_file_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    file = tmp_path / "nothing.db"

    for look in (databases.revision_of, databases.check):
        with pytest.raises(NotFound) as refused:
            look(sqlite_url(file))
        assert refused.value.code == "no-such-database"

    assert not file.exists()


def test_a_daemons_own_database_is_left_to_it(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    databases.upgrade(settings)
    daemon = StateLock(settings.state_dir)

    with pytest.raises(Unavailable) as upgraded:
        databases.upgrade(settings)
    with pytest.raises(Unavailable) as copied:
        databases.copy(settings, settings.database_url, sqlite_url(tmp_path / "copy.db"))

    daemon.release()
    assert {upgraded.value.code, copied.value.code} == {"state-dir-in-use"}
    assert not (tmp_path / "copy.db").exists()


def test_a_daemon_is_known_by_the_file_too_whatever_the_settings_say(tmp_path: Path) -> None:
    others = _settings(tmp_path)
    databases.upgrade(others)
    daemon = StateLock(others.state_dir)
    mine = load({"state_dir": tmp_path / "mine"}, {})

    with pytest.raises(Unavailable) as refused:
        databases.copy(mine, others.database_url, sqlite_url(tmp_path / "copy.db"))

    daemon.release()
    assert refused.value.code == "state-dir-in-use"


def test_a_copy_needs_two_databases(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    url = settings.database_url

    with pytest.raises(InvalidRequest) as same:
        databases.copy(settings, url, url)
    with pytest.raises(NotFound):
        databases.copy(settings, url, sqlite_url(tmp_path / "copy.db"))

    assert same.value.code == "same-database"


def test_connections_of_a_daemon_keep_a_server_from_being_copied(
    tmp_path: Path, postgresql: Server
) -> None:
    settings, url = _settings(tmp_path), postgresql.create("in-use")
    databases.upgrade(settings)
    daemon = Database(url)
    with daemon.read():
        pass

    with pytest.raises(WrongState) as refused:
        databases.copy(settings, settings.database_url, url)
    daemon.close()

    assert refused.value.code == "database-in-use"
    assert "users" in databases.copy(settings, settings.database_url, url)
