"""``vmctld db`` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.postgresql import Server
from vmctld.main import cli
from vmctld.storage.database import Database, sqlite_url
from vmctld.storage.schema import HEAD

CANARY = "canary-4711"


def _db(tmp_path: Path, *arguments: str, url: str = "") -> Result:
    options = ["--state-dir", str(tmp_path), *(["--database-url", url] if url else [])]
    return CliRunner().invoke(cli, [*options, "db", *arguments])


def test_upgrade_says_from_which_revision_to_which(tmp_path: Path) -> None:
    first, second = _db(tmp_path, "upgrade"), _db(tmp_path, "upgrade")

    assert (first.exit_code, first.stdout) == (0, f"revision none -> {HEAD}\n")
    assert (second.exit_code, second.stdout) == (0, f"revision {HEAD}: nothing to do\n")


def test_current_is_a_table_or_json(tmp_path: Path) -> None:
    _db(tmp_path, "upgrade")

    table, rows = (
        _db(tmp_path, "current"),
        json.loads(_db(tmp_path, "current", "-f", "json").stdout),
    )

    name = f"sqlite:///{tmp_path}/vmctl.db"
    assert rows == [{"database": name, "revision": HEAD, "known": HEAD}]
    assert table.stdout.splitlines()[1].split() == [name, HEAD, HEAD]


def test_check_tells_by_its_exit_code_that_something_is_wrong(tmp_path: Path) -> None:
    _db(tmp_path, "upgrade")
    whole = _db(tmp_path, "check")
    database = Database(sqlite_url(tmp_path / "vmctl.db"))
    with database.write() as tx:
        tx.exec_driver_sql("DROP TABLE keypairs")
    database.close()

    spoiled = _db(tmp_path, "check", "-f", "json")

    assert whole.exit_code == 0
    assert spoiled.exit_code == 10
    found = {row["name"]: row for row in json.loads(spoiled.stdout)}
    assert found["shape"]["detail"] == "1 difference: no table keypairs"


def test_copy_lists_what_arrived(tmp_path: Path) -> None:
    _db(tmp_path, "upgrade")
    there, here = f"sqlite:///{tmp_path}/copy.db", f"sqlite:///{tmp_path}/vmctl.db"

    copied = _db(tmp_path, "copy", here, there, "-f", "json")

    assert copied.exit_code == 0
    assert {row["rows"] for row in json.loads(copied.stdout)} == {0}
    assert "0 rows copied and verified" in copied.stderr


@pytest.mark.parametrize("command", ["current", "check", "upgrade"])
def test_a_server_that_is_away_is_named_and_its_password_is_not(
    tmp_path: Path, postgresql: Server, command: str
) -> None:
    away = _db(tmp_path, command, url=postgresql.url("nothing", password=CANARY, port=1))
    refused = _db(tmp_path, command, url=postgresql.url("nothing", password=CANARY))

    assert (away.exit_code, refused.exit_code) == (8, 8)
    assert "ERROR (Unavailable): the database 127.0.0.1:1/nothing does not answer" in away.stderr
    assert "does not let the daemon in\nhint: " in refused.stderr
    assert CANARY not in away.output + refused.output


def test_every_command_shows_an_example() -> None:
    group = cli.commands["db"]

    for words in ([], ["current"], ["upgrade"], ["check"], ["copy"]):
        shown = CliRunner().invoke(group, [*words, "--help"])
        assert "Example: vmctld" in shown.stdout
