"""When the daemon cannot start: exit code 8, one reason, what to do, and nothing changed."""

from __future__ import annotations

import hashlib
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.cloud import BIN, PASSWORD, Cloud, Ran, bare_environment, short_directory

START_TIMEOUT_S = 30


@pytest.fixture
def home() -> Iterator[Path]:
    with short_directory() as directory:
        yield directory


def start(home: Path, *arguments: str, state_dir: Path | None = None, **environment: str) -> Ran:
    """Run a daemon that is expected to end by itself."""
    state_dir = state_dir or home / "s"
    arguments = ("--state-dir", str(state_dir), "--listen", f"unix://{home}/w.sock", *arguments)
    return subprocess.run(
        [BIN / "vmctld", *arguments],
        env={**bare_environment(), "VMCTLD_ADMIN_PASSWORD": PASSWORD, **environment},
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT_S,
        check=False,
    )


def cannot_start(ran: Ran, message: str) -> None:
    assert (ran.returncode, ran.stdout) == (8, ""), ran.stderr
    assert message in ran.stderr
    assert "\nhint: " in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("place", ["file/state", "/sys/vmctl"])
def test_a_state_directory_that_cannot_be_written_is_named(home: Path, place: str) -> None:
    (home / "file").touch()

    ran = start(home, "--driver", "fake", state_dir=home / place)

    cannot_start(ran, f"the state directory {home / place} cannot be used")
    assert [path.name for path in home.iterdir()] == ["file"]


def test_a_second_daemon_is_told_the_pid_of_the_first(cloud: Cloud, home: Path) -> None:
    assert cloud.daemon is not None

    ran = start(home, "--driver", "fake", state_dir=cloud.state_dir)

    cannot_start(ran, f"is in use by vmctld with pid {cloud.daemon.pid}")
    assert cloud.run("list").returncode == 0


def test_a_daemon_whose_socket_is_taken_makes_nothing(cloud: Cloud, home: Path) -> None:
    ran = start(home, "--driver", "fake", "--listen", cloud.endpoint)

    cannot_start(ran, "another daemon serves")
    assert [path.name for path in (home / "s").iterdir()] == ["vmctld.lock"]
    assert cloud.run("list").returncode == 0


def test_a_database_newer_than_the_daemon_is_left_as_it_is(home: Path) -> None:
    cloud = Cloud(home)
    cloud.start()
    assert cloud.stop() == 0
    database = cloud.state_dir / "vmctl.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = hashlib.sha256(database.read_bytes()).hexdigest()

    ran = start(home, "--driver", "fake")

    cannot_start(ran, "the database is of revision 9999")
    assert hashlib.sha256(database.read_bytes()).hexdigest() == before


def test_a_missing_qemu_is_named_with_the_package_to_install(home: Path) -> None:
    ran = start(home, PATH="/nonexistent")

    cannot_start(ran, "qemu-system-x86_64")
    assert "install" in ran.stderr


def test_a_socket_path_that_is_too_long_is_refused(home: Path) -> None:
    ran = start(home, "--driver", "fake", "--listen", f"unix://{home}/{'x' * 100}.sock")

    assert ran.returncode == 8
    assert "107" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--driver", "libvirt"), "libvirt"),
        (("--driver", "fkae"), "fkae"),
        (("--listen", "127.0.0.1:1"), "needs TLS"),
        (("--roles", "api"), "the bus has to reach other processes"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    home: Path, arguments: tuple[str, ...], message: str
) -> None:
    cannot_start(start(home, *arguments), message)


def test_without_a_password_the_first_start_draws_one_into_a_private_file(home: Path) -> None:
    cloud = Cloud(home)
    cloud.start(VMCTLD_ADMIN_PASSWORD="")

    file = cloud.state_dir / "admin-password"
    assert file.stat().st_mode & 0o777 == 0o600
    assert str(file) in cloud.log
    assert file.read_text().strip() not in cloud.log
    ran = cloud.run("list", VMCTL_PASSWORD=file.read_text().strip())
    cloud.close()
    assert ran.returncode == 0, ran.stderr
    assert cloud.state_dir.stat().st_mode & 0o777 == 0o700


def test_nobody_listening_is_said_at_once(home: Path) -> None:
    cloud = Cloud(home)

    ran = cloud.run("list", timeout_s=10)

    assert ran.returncode == 8
    assert f"no daemon answers at {cloud.endpoint}" in ran.stderr
    assert "hint: start vmctld" in ran.stderr


def test_a_daemon_that_does_not_answer_is_given_up(home: Path) -> None:
    cloud = Cloud(home, settings={"VMCTL_TOKEN": "vmt_" + "A" * 43})
    with closing(socket.socket(socket.AF_UNIX)) as deaf:
        deaf.bind(cloud.endpoint.removeprefix("unix://"))
        deaf.listen()

        ran = cloud.run("list", "--timeout", "2", timeout_s=30)

    assert ran.returncode == 8
    assert "Traceback" not in ran.stderr


def test_a_socket_that_a_dead_daemon_left_is_told_from_a_daemon_and_taken_over(home: Path) -> None:
    cloud = Cloud(home)
    cloud.start()
    cloud.kill()

    ran = cloud.run("list", timeout_s=30)
    cloud.start()

    assert ran.returncode == 8
    assert "no daemon answers" in ran.stderr
    assert cloud.run("list").returncode == 0
    assert cloud.stop() == 0
    shutil.rmtree(cloud.state_dir)
