"""``login``, ``logout``, ``whoami``, ``token-issue``."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import grpc
import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import PASSWORD, Failure, FakeCloud, token_info
from vmctl.v1 import identity_pb2


@pytest.fixture(autouse=True)
def _nobody_is_signed_in(vmctl: Vmctl, monkeypatch: pytest.MonkeyPatch, cloud: FakeCloud) -> None:
    monkeypatch.delenv("VMCTL_TOKEN")
    cloud.tokens.clear()
    cloud.answers["ValidateToken"] = token_info("ada", "web")


def test_login_reads_the_password_from_stdin(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl(
        "login", "--username", "ada", "--project", "web", "--password-stdin", stdin=PASSWORD + "\n"
    )

    assert result.code == 0
    assert "project_name | web" in result.out
    assert cloud.last(identity_pb2.SignInRequest) == identity_pb2.SignInRequest(
        user_name="ada", password=PASSWORD, project="web"
    )


def test_login_asks_for_what_it_is_not_told(cloud: FakeCloud) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "VMCTL_ENDPOINT": cloud.endpoint}
    process = subprocess.Popen(
        [sys.executable, "-m", "vmctl_cli.main", "login"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=environment,
        start_new_session=True,
    )
    os.close(theirs)

    _answer(ours, "User name [admin]: ", "ada")
    shown = _answer(ours, "Password: ", PASSWORD)
    process.communicate(timeout=30)
    os.close(ours)

    assert process.returncode == 0
    assert PASSWORD not in shown
    assert cloud.last(identity_pb2.SignInRequest).user_name == "ada"


def _answer(terminal: int, prompt: str, answer: str) -> str:
    """Type ``answer`` when ``prompt`` is there; return all that was shown before."""
    shown = ""
    while prompt not in shown:
        shown += os.read(terminal, 1024).decode()
    os.write(terminal, answer.encode() + b"\n")
    return shown


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("login",), "no-user-name"), (("login", "--username", "ada"), "no-password")],
)
def test_login_without_a_terminal_says_what_is_missing(
    vmctl: Vmctl, arguments: tuple[str, ...], code: str
) -> None:
    result = vmctl(*arguments, "-f", "json")

    assert result.code == 2
    assert json.loads(result.err)["error"]["code"] == code


def test_an_empty_password_does_not_travel(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert vmctl("login", "--username", "ada", "--password-stdin", stdin="\n").code == 2
    assert cloud.calls == []


def test_a_wrong_password_is_4_and_leaves_nothing(vmctl: Vmctl, tmp_path: Path) -> None:
    result = vmctl("login", "--username", "ada", "--password-stdin", stdin="wrong")

    assert result.code == 4
    assert not (tmp_path / "config").exists()


def test_logout_ends_the_token_and_forgets_it(
    vmctl: Vmctl, cloud: FakeCloud, tmp_path: Path
) -> None:
    vmctl("login", "--username", "ada", "--password-stdin", stdin=PASSWORD)

    assert vmctl("logout").err == "signed out\n"
    assert cloud.tokens == []
    assert not (tmp_path / "config/token").exists()
    assert vmctl("logout").err == "nobody was signed in\n"


def test_logout_of_a_token_that_has_ended_succeeds(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("login", "--username", "ada", "--password-stdin", stdin=PASSWORD)
    cloud.tokens.clear()

    assert vmctl("logout").code == 0
    assert vmctl("list").code == 4


def test_logout_without_a_daemon_forgets_the_token_and_says_what_is_left(
    vmctl: Vmctl, cloud: FakeCloud, tmp_path: Path
) -> None:
    vmctl("login", "--username", "ada", "--password-stdin", stdin=PASSWORD)
    cloud.fail("SignOut", Failure(grpc.StatusCode.UNAVAILABLE))

    result = vmctl("logout")

    assert result.code == 8
    assert "the daemon could not be told" in result.err
    assert not (tmp_path / "config/token").exists()


def test_whoami_tells_whom_and_where_the_token_lives(vmctl: Vmctl, tmp_path: Path) -> None:
    vmctl("login", "--username", "ada", "--password-stdin", stdin=PASSWORD)

    found = json.loads(vmctl("whoami", "-f", "json").out)

    assert (found["user_name"], found["project_name"]) == ("ada", "web")
    assert found["roles"] == ["admin", "member"]
    assert found["token_source"] == f"file {tmp_path}/config/token"


def test_whoami_with_an_ended_token_signs_in_again(
    vmctl: Vmctl, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VMCTL_USERNAME", "ada")
    monkeypatch.setenv("VMCTL_PASSWORD", PASSWORD)
    vmctl("login")
    cloud.tokens[:] = ["another"]

    assert vmctl("whoami").code == 0
    assert cloud.methods()[1:] == ["ValidateToken", "SignIn", "ValidateToken", "ValidateToken"]


def test_whoami_with_a_wrong_token_of_ones_own_is_4(
    vmctl: Vmctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VMCTL_TOKEN", "vmt_wrong")

    assert vmctl("whoami").code == 4


def test_token_issue_gives_a_script_its_own_token(
    vmctl: Vmctl, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VMCTL_USERNAME", "ada")
    monkeypatch.setenv("VMCTL_PASSWORD", PASSWORD)

    result = vmctl("token-issue", "-f", "value", "-c", "token")

    assert result.out == cloud.tokens[0] + "\n"
    assert not (tmp_path / "config").exists()


def test_token_issue_in_a_session_prints_its_token(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("login", "--username", "ada", "--password-stdin", stdin=PASSWORD)

    found = json.loads(vmctl("token-issue", "-f", "json").out)

    assert found["token"] == cloud.tokens[0]
    assert found["project_id"] == "id-of-web"
    assert found["expires_at"].endswith("Z")
