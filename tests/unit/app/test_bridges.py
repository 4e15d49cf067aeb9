"""When a host has bridges, and what it says when it cannot have them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vmctld.app import bridges
from vmctld.app.bridges import make_bridges
from vmctld.config import Settings
from vmctld.errors import Unavailable


def settings(state_dir: Path, network_driver: str, driver: str = "qemu") -> Settings:
    return Settings(
        state_dir=state_dir,
        listen=(),
        host="here",
        database_url="sqlite://",
        driver=driver,
        network_driver=network_driver,
    )


def test_a_host_of_user_mode_networks_has_none(tmp_path: Path) -> None:
    assert make_bridges(settings(tmp_path, "user")) is None
    assert make_bridges(settings(tmp_path, "bridge", driver="fake")) is None


def test_a_host_whose_default_changed_keeps_its_bridges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    (tmp_path / "network").mkdir()

    kept = make_bridges(settings(tmp_path, "user"))

    assert kept is not None
    kept.close()


def test_another_user_than_root_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(Unavailable) as refused:
        make_bridges(settings(tmp_path, "bridge"))

    assert refused.value.code == "bridge-needs-root"


def test_a_tool_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(bridges, "ENVIRONMENT", {"PATH": str(tmp_path)})

    with pytest.raises(Unavailable) as refused:
        make_bridges(settings(tmp_path, "bridge"))

    assert refused.value.code == "network-tool-missing"
