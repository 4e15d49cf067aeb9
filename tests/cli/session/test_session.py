"""Which token a command uses, and where a new one goes."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import grpc
import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import PASSWORD, Failure, FakeCloud, token_info

MEMORY = "tests.cli.session.memory_keyring.MemoryKeyring"


@pytest.fixture(autouse=True)
def _nobody_is_signed_in(vmctl: Vmctl, monkeypatch: pytest.MonkeyPatch, cloud: FakeCloud) -> None:
    monkeypatch.delenv("VMCTL_TOKEN")
    cloud.tokens.clear()
    cloud.answers["ValidateToken"] = token_info()


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment says who signs in."""
    monkeypatch.setenv("VMCTL_USERNAME", "ada")
    monkeypatch.setenv("VMCTL_PASSWORD", PASSWORD)
    monkeypatch.setenv("VMCTL_PROJECT", "web")


def _bearers(cloud: FakeCloud) -> list[str]:
    return [
        str(call.metadata["authorization"])
        for call in cloud.calls
        if "authorization" in call.metadata
    ]


def test_without_a_token_the_command_says_how_to_sign_in(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("list")

    assert result.code == 4
    assert result.err.endswith("hint: sign in with: vmctl login\n")
    assert cloud.calls == []


def test_the_environments_token_beats_a_kept_one(
    vmctl: Vmctl, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch, named: None
) -> None:
    vmctl("login")
    cloud.tokens.append("vmt_mine")
    monkeypatch.setenv("VMCTL_TOKEN", "vmt_mine")

    result = vmctl("whoami", "-f", "json")

    assert json.loads(result.out)["token_source"] == "environment (VMCTL_TOKEN)"
    assert _bearers(cloud)[-1] == "Bearer vmt_mine"


def test_a_command_signs_in_by_itself_and_the_next_one_need_not(
    vmctl: Vmctl, cloud: FakeCloud, named: None
) -> None:
    assert vmctl("list").code == 0
    assert vmctl("list").code == 0

    assert cloud.methods() == ["SignIn", "ListInstances", "ListInstances"]


@pytest.mark.parametrize(("variable", "other"), [("VMCTL_USERNAME", "bob"), ("VMCTL_PROJECT", "x")])
def test_another_user_or_project_in_the_environment_means_another_session(
    vmctl: Vmctl,
    cloud: FakeCloud,
    monkeypatch: pytest.MonkeyPatch,
    named: None,
    variable: str,
    other: str,
) -> None:
    vmctl("list")
    monkeypatch.setenv(variable, other)
    vmctl("list")
    monkeypatch.undo()

    assert cloud.methods() == ["SignIn", "ListInstances"] * 2


def test_a_refused_token_is_replaced_once_if_the_environment_says_how(
    vmctl: Vmctl, cloud: FakeCloud, named: None
) -> None:
    vmctl("list")
    cloud.tokens.clear()  # revoked

    result = vmctl("list")

    assert result.code == 0
    assert cloud.methods()[2:] == ["ListInstances", "SignIn", "ListInstances"]


def test_a_token_that_is_refused_again_is_not_replaced_for_ever(
    vmctl: Vmctl, cloud: FakeCloud, named: None
) -> None:
    refused = Failure(grpc.StatusCode.UNAUTHENTICATED, "token-invalid", "no", "", {}, "")
    cloud.fail("ListInstances", refused, refused, refused)

    assert vmctl("list").code == 4
    assert cloud.methods() == ["SignIn", "ListInstances", "SignIn", "ListInstances"]


def test_without_a_keyring_the_token_goes_into_a_private_file_with_one_warning(
    vmctl: Vmctl, tmp_path: Path, named: None
) -> None:
    first, second = vmctl("login"), vmctl("login")

    file = tmp_path / "config/token"
    assert first.err == (
        f"warning: no usable keyring (it is switched off): the token goes into file {file}\n"
    )
    assert second.err == ""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert "vmt_" not in first.out


def test_a_token_file_that_others_can_read_is_refused(
    vmctl: Vmctl, tmp_path: Path, named: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    vmctl("login")
    (tmp_path / "config/token").chmod(0o644)
    monkeypatch.delenv("VMCTL_PASSWORD")

    result = vmctl("list")

    assert result.code == 4
    assert "mode 0644" in result.err


def test_the_keyring_holds_the_token_and_the_file_stays_away(
    vmctl: Vmctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: None
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", MEMORY)

    result = vmctl("login", "-f", "json")

    assert result.err == ""
    assert json.loads(result.out)["token_source"] == f"keyring {MEMORY}"
    assert not (tmp_path / "config/token").exists()
    assert "vmt_" not in (tmp_path / "config/session.json").read_text()


def test_the_remembered_keyring_is_used_without_looking_for_one(
    vmctl: Vmctl, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch, named: None
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", MEMORY)
    vmctl("login")
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    monkeypatch.delenv("VMCTL_PASSWORD")
    monkeypatch.setattr("keyring.get_keyring", lambda: pytest.fail("it was looked for"))

    assert vmctl("list").code == 0
    assert cloud.methods() == ["SignIn", "ListInstances"]


def test_require_keyring_refuses_the_file_before_a_password_travels(
    vmctl: Vmctl, cloud: FakeCloud, tmp_path: Path, named: None
) -> None:
    result = vmctl("login", "--require-keyring")

    assert result.code == 4
    assert cloud.calls == []
    assert not (tmp_path / "config/token").exists()


def test_require_keyring_does_not_read_a_token_from_the_file(
    vmctl: Vmctl, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch, named: None
) -> None:
    vmctl("login")
    monkeypatch.delenv("VMCTL_PASSWORD")

    result = vmctl("--require-keyring", "list")

    assert result.code == 4
    assert cloud.methods() == ["SignIn"]
