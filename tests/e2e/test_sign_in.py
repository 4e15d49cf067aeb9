"""Signing in, and the ways in which it is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.cloud import NO_KEYRING, PASSWORD, Cloud, bare_environment, refusal, running_cloud

KEYRING = """
import json, os, pathlib
from keyring.backend import KeyringBackend

FILE = pathlib.Path(os.environ["TEST_KEYRING_FILE"])


class Keyring(KeyringBackend):
    priority = 5

    def _all(self):
        return json.loads(FILE.read_text()) if FILE.exists() else {}

    def get_password(self, service, username):
        return self._all().get(f"{service}:{username}")

    def set_password(self, service, username, password):
        FILE.write_text(json.dumps(self._all() | {f"{service}:{username}": password}))

    def delete_password(self, service, username):
        kept = self._all()
        kept.pop(f"{service}:{username}")
        FILE.write_text(json.dumps(kept))


class Forgetful(Keyring):
    def get_password(self, service, username):
        return None
"""


@pytest.fixture
def desk(cloud: Cloud, tmp_path: Path) -> dict[str, str]:
    """The environment of a user with a keyring of their own, not signed in yet."""
    (tmp_path / "desk_keyring.py").write_text(KEYRING)
    return {
        "VMCTL_TOKEN": "",
        "VMCTL_CONFIG_DIR": str(tmp_path / "config"),
        "PYTHONPATH": str(tmp_path),
        "PYTHON_KEYRING_BACKEND": "desk_keyring.Keyring",
        "TEST_KEYRING_FILE": str(tmp_path / "keyring.json"),
    }


@pytest.fixture(scope="module")
def own_cloud() -> Iterator[Cloud]:
    """A cloud whose tokens and passwords a test may spoil."""
    with running_cloud("fake") as cloud:
        yield cloud


def test_a_token_goes_into_the_keyring_and_nowhere_else(
    cloud: Cloud, desk: dict[str, str], tmp_path: Path
) -> None:
    signed_in = cloud.run("login", **desk)
    later = cloud.run("whoami", "-f", "value", "-c", "token_source", **desk, VMCTL_PASSWORD="")

    assert (signed_in.returncode, "warning" in signed_in.stderr) == (0, False)
    assert later.stdout == "keyring desk_keyring.Keyring\n"
    assert "vmt_" in (tmp_path / "keyring.json").read_text()
    kept = [path.read_text() for path in (tmp_path / "config").rglob("*") if path.is_file()]
    assert not any("vmt_" in text or PASSWORD in text for text in kept)


def test_signing_out_empties_the_keyring_and_ends_the_token(
    cloud: Cloud, desk: dict[str, str], tmp_path: Path
) -> None:
    cloud.run("login", **desk)

    signed_out = cloud.run("logout", **desk)
    later = cloud.run("list", **desk, VMCTL_PASSWORD="")

    assert signed_out.returncode == 0
    assert "vmt_" not in (tmp_path / "keyring.json").read_text()
    refusal(later, 4, "not signed in|no token|nobody is signed in")


@pytest.mark.parametrize("backend", [NO_KEYRING, "desk_keyring.Forgetful", "no.such.Keyring"])
def test_without_a_working_keyring_the_token_is_a_private_file_and_one_line_says_so_once(
    cloud: Cloud, desk: dict[str, str], tmp_path: Path, backend: str
) -> None:
    desk = {**desk, "PYTHON_KEYRING_BACKEND": backend}

    first, second = cloud.run("login", **desk), cloud.run("login", **desk)

    token_file = tmp_path / "config" / "token"
    assert first.stderr.count("warning: no usable keyring") == 1
    assert len([line for line in first.stderr.splitlines() if "warning" in line]) == 1
    assert "warning" not in second.stderr
    assert token_file.stat().st_mode & 0o777 == 0o600
    assert token_file.parent.stat().st_mode & 0o777 == 0o700
    assert cloud.run("list", **desk, VMCTL_PASSWORD="").returncode == 0


def test_a_token_file_can_be_forbidden(cloud: Cloud, desk: dict[str, str], tmp_path: Path) -> None:
    desk = {**desk, "PYTHON_KEYRING_BACKEND": NO_KEYRING}

    ran = cloud.run("login", "--require-keyring", **desk)

    refusal(ran, 4, "no usable keyring")
    assert not (tmp_path / "config" / "token").exists()


def test_a_token_in_the_environment_beats_the_keyring(cloud: Cloud, desk: dict[str, str]) -> None:
    cloud.run("login", **desk)
    desk = {**desk, "VMCTL_TOKEN": cloud.settings["VMCTL_TOKEN"]}

    ran = cloud.run("whoami", "-f", "value", "-c", "token_source", **desk)

    assert ran.stdout == "environment (VMCTL_TOKEN)\n"


def test_a_wrong_password_is_refused_as_an_unknown_user_is(
    cloud: Cloud, desk: dict[str, str]
) -> None:
    wrong = cloud.run("login", **desk, VMCTL_PASSWORD="not-the-password")
    unknown = cloud.run("login", **desk, VMCTL_USERNAME="nobody")

    refusal(wrong, 4, "Unauthenticated")
    assert wrong.stderr == unknown.stderr
    assert "not-the-password" not in wrong.stderr


def test_a_token_that_was_never_given_out_is_refused(cloud: Cloud) -> None:
    refusal(cloud.run("list", VMCTL_TOKEN="vmt_" + "A" * 43), 4, "token")


def test_a_revoked_token_is_refused_at_once(own_cloud: Cloud) -> None:
    token = own_cloud.text("token-issue", "-f", "value", "-c", "token").strip()
    assert own_cloud.run("list", VMCTL_TOKEN=token).returncode == 0

    own_cloud.run("logout", VMCTL_TOKEN=token)

    refusal(own_cloud.run("list", VMCTL_TOKEN=token), 4, "token")


def test_an_expired_token_is_refused_with_what_to_do(own_cloud: Cloud) -> None:
    own_cloud.settings = {}
    own_cloud.sign_in()
    own_cloud.stop()
    with closing(sqlite3.connect(own_cloud.state_dir / "vmctl.db")) as database, database:
        database.execute("UPDATE tokens SET expires_at = '2001-01-01 00:00:00.000000'")
    own_cloud.start()

    refused = own_cloud.run("list", VMCTL_PASSWORD="")

    refusal(refused, 4, "token")
    assert "vmctl login" in refused.stderr


def test_a_command_signs_in_by_itself_where_the_environment_says_how(
    cloud: Cloud, desk: dict[str, str]
) -> None:
    assert cloud.run("list", **desk).returncode == 0


def test_nobody_is_asked_for_a_password_where_there_is_no_terminal(
    cloud: Cloud, desk: dict[str, str]
) -> None:
    ran = cloud.run("login", **desk, VMCTL_PASSWORD="")

    refusal(ran, 2, "password")


def test_a_password_comes_from_stdin(cloud: Cloud, desk: dict[str, str]) -> None:
    arguments = ("login", "--username", "admin", "--password-stdin")

    ran = cloud.run(*arguments, stdin=f"{PASSWORD}\n", **desk, VMCTL_PASSWORD="")

    assert ran.returncode == 0, ran.stderr
    assert PASSWORD not in ran.stdout + ran.stderr


def test_no_secret_is_in_the_daemons_log_or_arguments(cloud: Cloud) -> None:
    assert cloud.daemon is not None
    arguments = Path(f"/proc/{cloud.daemon.pid}/cmdline").read_text()

    for secret in (PASSWORD, cloud.settings["VMCTL_TOKEN"]):
        assert secret not in cloud.log
        assert secret not in arguments
    assert "VMCTL_TOKEN" not in bare_environment()
