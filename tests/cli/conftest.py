"""Runs ``vmctl`` in this process, against a daemon made of dictionaries."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.fake_cloud import FakeCloud
from vmctl_cli.run import run


@dataclass(frozen=True, slots=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str


Vmctl = Callable[..., Result]


@pytest.fixture
def cloud() -> Iterator[FakeCloud]:
    """A daemon that knows one token, ``vmt_0``."""
    cloud = FakeCloud()
    cloud.tokens.append("vmt_0")
    yield cloud
    cloud.close()


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the caller's settings, keyring and home out of every test."""
    for name in list(os.environ):
        if name.startswith(("VMCTL", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("VMCTL_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


@pytest.fixture
def vmctl(
    cloud: FakeCloud,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Vmctl:
    """Run one command, signed in by VMCTL_TOKEN."""
    monkeypatch.setenv("VMCTL_ENDPOINT", cloud.endpoint)
    monkeypatch.setenv("VMCTL_TOKEN", "vmt_0")

    def call(*arguments: str, stdin: str | bytes = b"") -> Result:
        typed = tmp_path / "stdin"
        typed.write_bytes(stdin.encode() if isinstance(stdin, str) else stdin)
        with typed.open() as stream:
            monkeypatch.setattr(sys, "stdin", stream)
            code = run(list(arguments))
        captured = capfd.readouterr()
        return Result(code, captured.out, captured.err)

    return call
