"""The codes that the command line gives itself, each made to happen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from tests.cli.messages import an_instance, building
from vmctl.v1 import compute_pb2

Spoil = Callable[[pytest.MonkeyPatch, Path, FakeCloud], object]


def _nothing(_monkeypatch: pytest.MonkeyPatch, _home: Path, _cloud: FakeCloud) -> None:
    """Leave all as it is."""


def _bad_config(_monkeypatch: pytest.MonkeyPatch, home: Path, _cloud: FakeCloud) -> None:
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text("colour = 'blue'\n")


def _no_directory(monkeypatch: pytest.MonkeyPatch, home: Path, _cloud: FakeCloud) -> None:
    monkeypatch.setenv("VMCTL_CONFIG_DIR", str(home / "file" / "config"))
    monkeypatch.delenv("VMCTL_TOKEN")
    monkeypatch.setenv("VMCTL_PASSWORD", "correct horse")
    (home / "file").write_text("no directory")


def _no_token(monkeypatch: pytest.MonkeyPatch, _home: Path, _cloud: FakeCloud) -> None:
    monkeypatch.delenv("VMCTL_TOKEN")


def _no_ssh(monkeypatch: pytest.MonkeyPatch, _home: Path, _cloud: FakeCloud) -> None:
    monkeypatch.setenv("PATH", "")


def _in_error(_monkeypatch: pytest.MonkeyPatch, _home: Path, cloud: FakeCloud) -> None:
    cloud.answers["GetInstance"] = an_instance(status="ERROR", addresses=[])


def _deleted(_monkeypatch: pytest.MonkeyPatch, _home: Path, cloud: FakeCloud) -> None:
    gone = compute_pb2.WatchInstanceResponse(instance=an_instance(status="DELETED"))
    cloud.answers["BootInstance"] = compute_pb2.BootInstanceResponse(instances=[building()])
    cloud.answers["WatchInstance"] = lambda _request: [gone]


def _failed(_monkeypatch: pytest.MonkeyPatch, _home: Path, cloud: FakeCloud) -> None:
    failed = compute_pb2.WatchInstanceResponse(instance=an_instance(status="ERROR"))
    cloud.answers["BootInstance"] = compute_pb2.BootInstanceResponse(instances=[building()])
    cloud.answers["WatchInstance"] = lambda _request: [failed]


def _one_server(_monkeypatch: pytest.MonkeyPatch, _home: Path, cloud: FakeCloud) -> None:
    cloud.answers["ListInstances"] = compute_pb2.ListInstancesResponse(instances=[an_instance()])


BOOT = ("boot", "--flavor", "f", "--image", "i", "--poll", "web1")
TCP = ("--endpoint", "localhost:1", "--ca-file", "no/such/file")
CASES: tuple[tuple[str, int, tuple[str, ...], Spoil], ...] = (
    ("bad-ca-file", 2, (*TCP, "list"), _nothing),
    ("bad-config", 2, ("list",), _bad_config),
    ("bad-config-dir", 2, ("login", "--username", "ada"), _no_directory),
    ("build-failed", 9, BOOT, _failed),
    ("code-not-found", 3, ("errors", "too-much-happiness"), _nothing),
    ("deleted-meanwhile", 9, BOOT, _deleted),
    ("invalid-endpoint", 2, ("--endpoint", "ftp://x", "list"), _nothing),
    ("invalid-time", 2, ("list", "--changes-since", "yesterday"), _nothing),
    ("invalid-timeout", 2, ("--timeout", "soon", "list"), _nothing),
    ("marker-not-found", 3, ("list", "--sort", "tags", "--marker", "x"), _nothing),
    ("not-reachable", 5, ("ssh", "web1"), _in_error),
    ("not-signed-in", 4, ("list",), _no_token),
    ("not-supported", 7, ("list", "--progress", "5"), _nothing),
    ("ssh-missing", 7, ("ssh", "web1"), _no_ssh),
    ("unknown-column", 2, ("list", "-c", "colour"), _one_server),
    ("unknown-command", 2, ("lst",), _nothing),
    ("unknown-format", 2, ("list", "-f", "xml"), _nothing),
    ("wrong-usage", 2, ("show",), _nothing),
)


@pytest.mark.parametrize(
    ("code", "exit_code", "arguments", "spoil"), CASES, ids=[case[0] for case in CASES]
)
def test_a_code_comes_with_its_exit_code_and_a_hint(
    vmctl: Vmctl,
    cloud: FakeCloud,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    code: str,
    exit_code: int,
    arguments: tuple[str, ...],
    spoil: Spoil,
) -> None:
    spoil(monkeypatch, tmp_path, cloud)
    shape = () if "-f" in arguments else ("-f", "json")

    result = vmctl(*shape, *arguments)

    assert result.code == exit_code, result.err
    if shape:
        error = json.loads(result.err.splitlines()[-1])["error"]
        assert error["code"] == code
        assert error["message"]
