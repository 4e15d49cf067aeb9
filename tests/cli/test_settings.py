"""Options, environment, configuration file: who beats whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vmctl_cli import settings as settings_module
from vmctl_cli.errors import CliError
from vmctl_cli.settings import Settings, resolve, wanted_format


def _resolve(options: dict[str, Any], environ: dict[str, str], tmp_path: Path) -> Settings:
    return resolve(options, {"VMCTL_CONFIG_DIR": str(tmp_path), **environ})


def test_an_option_beats_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('endpoint = "unix:///file"\nformat = "yaml"\n')
    environ = {"VMCTL_ENDPOINT": "unix:///environment"}

    assert _resolve({}, {}, tmp_path).endpoint == "unix:///file"
    assert _resolve({}, environ, tmp_path).endpoint == "unix:///environment"
    assert _resolve({"endpoint": "unix:///o"}, environ, tmp_path).endpoint == "unix:///o"
    assert _resolve({}, {}, tmp_path).format == "yaml"


@pytest.mark.parametrize("content", ["colour = 'red'", "endpoint = ", 'format = "xml"'])
def test_a_wrong_configuration_file_is_refused_and_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.toml").write_text(content)

    with pytest.raises(CliError) as refused:
        _resolve({}, {}, tmp_path)

    assert refused.value.exit_code == 2


@pytest.mark.parametrize("text", ["0", "-1", "soon", "inf", "nan"])
def test_a_timeout_that_is_no_time_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(CliError, match="no number of seconds"):
        _resolve({"timeout": text}, {}, tmp_path)


@pytest.mark.parametrize("token", ["vmt_a\nvmt_b", "vmt_\u00e9", "vmt_\x1b"])
def test_a_token_that_cannot_be_one_is_no_sign_in(tmp_path: Path, token: str) -> None:
    with pytest.raises(CliError) as refused:
        _resolve({}, {"VMCTL_TOKEN": token}, tmp_path)

    assert (refused.value.code, refused.value.exit_code) == ("token-malformed", 4)


def test_the_users_own_socket_comes_before_the_systems(tmp_path: Path) -> None:
    socket = tmp_path / "vmctl/vmctld.sock"
    socket.parent.mkdir()
    socket.touch()

    found = _resolve({}, {"XDG_STATE_HOME": str(tmp_path)}, tmp_path).endpoint

    assert found == f"unix://{socket}"


def test_the_state_directory_of_this_shells_daemon_is_known(tmp_path: Path) -> None:
    (tmp_path / "vmctld.sock").touch()

    found = _resolve({}, {"VMCTLD_STATE_DIR": str(tmp_path)}, tmp_path).endpoint

    assert found == f"unix://{tmp_path}/vmctld.sock"


@pytest.mark.parametrize(
    ("uid", "expected"),
    [(0, "unix:///run/vmctl/vmctld.sock"), (1000, "unix://{home}/vmctl/vmctld.sock")],
)
def test_without_any_socket_the_usual_place_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uid: int, expected: str
) -> None:
    monkeypatch.setattr(settings_module.os, "geteuid", lambda: uid)

    found = _resolve({}, {"XDG_STATE_HOME": str(tmp_path)}, tmp_path).endpoint

    assert found == expected.format(home=tmp_path)


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    environ = {"VMCTL_TOKEN": "vmt_sesame", "VMCTL_PASSWORD": "sesame"}

    assert "sesame" not in repr(_resolve({}, environ, tmp_path))


@pytest.mark.parametrize(
    "arguments", [["-f", "json"], ["-fjson"], ["--format", "json"], ["--format=json", "--bogus"]]
)
def test_the_format_is_found_in_arguments_that_cannot_be_parsed(arguments: list[str]) -> None:
    assert wanted_format(["list", *arguments], {}) == "json"
    assert wanted_format(["list", *arguments], {"VMCTL_FORMAT": "csv"}) == "json"


def test_a_format_option_without_a_value_leaves_the_environments() -> None:
    assert wanted_format(["list", "-f"], {"VMCTL_FORMAT": "csv"}) == "csv"
