"""A whole cloud in one process on PostgreSQL: it boots, moves there and back, and outlives it."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.e2e.cloud import BIN, Cloud, Ran, bare_environment, short_directory
from tests.support.postgresql import Server
from tests.support.waiting import eventually

SERVERS = 30
CANARY = "canary-Password-1234"


@pytest.fixture
def home() -> Iterator[Path]:
    with short_directory() as directory:
        yield directory


@pytest.fixture
def url(postgresql: Server) -> str:
    """An empty database."""
    return postgresql.create(f"cloud-{uuid.uuid4()}")


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


@pytest.fixture
def cloud(home: Path) -> Iterator[Cloud]:
    """A cloud that was not started yet."""
    cloud = Cloud(home)
    yield cloud
    cloud.close()


def _start(cloud: Cloud, url: str, small_image: Path) -> None:
    cloud.start(VMCTLD_DATABASE_URL=url)
    cloud.sign_in()
    cloud.text("image-upload", "--file", str(small_image), "small")


def _daemon(cloud: Cloud) -> list[str | Path]:
    words = ["--listen", cloud.endpoint, "--driver", "fake"]
    return [BIN / "vmctld", "--state-dir", cloud.state_dir, *words]


def _boot(cloud: Cloud, name: str, *more: str) -> None:
    cloud.text("boot", "--flavor", "m1.nano", "--image", "small", *more, name)


def _statuses(cloud: Cloud) -> dict[str, str]:
    return {server["name"]: server["status"] for server in cloud.json("list")}


def _db(cloud: Cloud, *arguments: str, url: str = "") -> Ran:
    """Run ``vmctld db`` for the cloud's state directory."""
    return subprocess.run(
        [BIN / "vmctld", "--state-dir", cloud.state_dir, "db", *arguments],
        env={**bare_environment(), **({"VMCTLD_DATABASE_URL": url} if url else {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_cloud_on_postgresql_boots_shows_and_deletes(
    cloud: Cloud, url: str, small_image: Path, postgresql: Server
) -> None:
    _start(cloud, url, small_image)

    _boot(cloud, "web", "--poll")
    steps = cloud.json("trace", "web")["steps"]
    checks = {check["name"]: check for check in cloud.json("doctor")}
    with psycopg.connect(url) as database:
        seen = database.execute("SELECT name, status FROM audit_instances").fetchall()
    cloud.text("delete", "--wait", "web")
    audit = cloud.run("audit")

    assert [step["number"] for step in steps] == list(range(1, 29))
    assert "PostgreSQL" in checks["database"]["detail"]
    assert seen == [("web", "ACTIVE")]
    assert audit.returncode == 0, audit.stdout
    assert cloud.stop() == 0
    assert postgresql.password not in cloud.log
    assert not (cloud.state_dir / "vmctl.db").exists()


def test_an_installation_moves_to_postgresql_and_back(
    cloud: Cloud, url: str, small_image: Path
) -> None:
    there, back = f"sqlite:///{cloud.state_dir}/vmctl.db", f"sqlite:///{cloud.home}/back.db"
    _start(cloud, there, small_image)
    _boot(cloud, "old", "--poll")

    refused = _db(cloud, "copy", there, url)
    assert cloud.stop() == 0
    moved = _db(cloud, "copy", there, url, "-f", "json")
    cloud.start(VMCTLD_DATABASE_URL=url)
    _boot(cloud, "new", "--poll")
    on_postgresql = _statuses(cloud)
    in_use = _db(cloud, "copy", url, back)
    assert cloud.stop() == 0
    moved_back = _db(cloud, "copy", url, back, "-f", "json")
    cloud.start(VMCTLD_DATABASE_URL=back)
    on_sqlite, audit = _statuses(cloud), cloud.run("audit")

    assert refused.returncode == 8
    assert "is in use by vmctld with pid" in refused.stderr
    assert moved.returncode == 0, moved.stderr
    assert {row["table"]: row["rows"] for row in json.loads(moved.stdout)}["instances"] == 1
    assert on_postgresql == {"old": "ACTIVE", "new": "ACTIVE"}
    assert in_use.returncode == 8
    assert "is in use by" in in_use.stderr
    assert moved_back.returncode == 0, moved_back.stderr
    assert on_sqlite == on_postgresql
    assert audit.returncode == 0, audit.stdout


def test_a_server_that_is_killed_amid_boots_costs_none_of_them(
    cloud: Cloud, own_server: Server, small_image: Path
) -> None:
    _start(cloud, own_server.create("cloud"), small_image)
    cloud.text("quota-update", "--instances", "-1", "--cores", "-1", "--ram", "-1", "admin")
    _boot(cloud, "web", "--min-count", str(SERVERS), "--max-count", str(SERVERS))

    own_server.kill()
    away = cloud.run("list", "--timeout", "3")
    own_server.start()

    _says_away(away, own_server)
    assert eventually(lambda: set(_statuses(cloud).values()) == {"ACTIVE"}, 120), _statuses(cloud)
    assert len(_statuses(cloud)) == SERVERS
    audit = cloud.run("audit")
    assert audit.returncode == 0, audit.stdout


@pytest.mark.long
def test_a_server_that_stands_still_amid_boots_costs_none_of_them(
    cloud: Cloud, own_server: Server, small_image: Path
) -> None:
    _start(cloud, own_server.create("cloud"), small_image)
    cloud.text("quota-update", "--instances", "-1", "--cores", "-1", "--ram", "-1", "admin")
    _boot(cloud, "web", "--min-count", str(SERVERS), "--max-count", str(SERVERS))

    own_server.freeze()
    meanwhile = cloud.run("list", "--timeout", "3")
    own_server.thaw()

    assert meanwhile.returncode == 8, meanwhile.stderr
    assert eventually(lambda: set(_statuses(cloud).values()) == {"ACTIVE"}, 120), _statuses(cloud)
    assert len(_statuses(cloud)) == SERVERS


def test_a_daemon_that_comes_before_its_database_waits_for_it(
    cloud: Cloud, own_server: Server
) -> None:
    url = own_server.create("cloud")
    own_server.stop()
    begun = subprocess.Popen(
        _daemon(cloud),
        env={**bare_environment(), "VMCTLD_DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert eventually(Path(cloud.endpoint.removeprefix("unix://")).exists, 30)
        away = cloud.run("list", "--timeout", "3")
        own_server.start()
        assert begun.stdout is not None
        ready = begun.stdout.readline()
    finally:
        begun.terminate()
        begun.wait(30)
        assert begun.stdout is not None
        begun.stdout.close()

    _says_away(away, own_server)
    assert ready.startswith("vmctld ready")


def _says_away(ran: Ran, server: Server) -> None:
    assert ran.returncode == 8, ran.stderr
    assert f"the database 127.0.0.1:{server.port}/cloud does not answer" in ran.stderr


def _start_fails(cloud: Cloud, url: str) -> str:
    ran = subprocess.run(
        _daemon(cloud),
        env={**bare_environment(), "VMCTLD_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (8, ""), ran.stderr
    assert CANARY not in ran.stderr
    assert "Traceback" not in ran.stderr
    return ran.stderr


def test_a_wrong_password_ends_the_start_and_is_not_printed(
    cloud: Cloud, postgresql: Server, url: str
) -> None:
    name = url.rpartition("/")[2]

    words = _start_fails(cloud, postgresql.url(name, password=CANARY))

    assert f"the database 127.0.0.1:{postgresql.port}/{name} does not let the daemon in" in words


@pytest.mark.parametrize(
    ("spoiled", "message"),
    [
        ("CREATE TABLE theirs (id INTEGER)", "of somebody else"),
        (
            "CREATE TABLE alembic_version AS SELECT '9999' AS version_num",
            "the database is of revision 9999",
        ),
    ],
    ids=["foreign", "newer"],
)
def test_a_database_that_is_not_for_this_daemon_is_left_as_it_is(
    cloud: Cloud, url: str, spoiled: str, message: str
) -> None:
    with psycopg.connect(url) as database:
        database.execute(spoiled)
    before = _fingerprint(url)

    words = _start_fails(cloud, url)

    assert message in words
    assert _fingerprint(url) == before


def _fingerprint(url: str) -> str:
    """Return what changes with any table, column or index of a database."""
    query = "SELECT relname, relkind, relnatts FROM pg_class WHERE relname !~ '^pg_' ORDER BY 1"
    with psycopg.connect(url) as database:
        return hashlib.sha256(repr(database.execute(query).fetchall()).encode()).hexdigest()
