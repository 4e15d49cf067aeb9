"""State directories that are full, open to others, or without their socket."""

from __future__ import annotations

import os
import shutil
import socket
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.living import IMAGE
from vmctld.domain.operations import Outcome
from vmctld.operations.doctor import directory
from vmctld.operations.installation import Installation


@pytest.mark.parametrize(
    ("free_gib", "outcome"), [(10, Outcome.OK), (1, Outcome.WARNING), (0, Outcome.FAILED)]
)
def test_a_disk_with_little_room_is_told_in_time(
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    free_gib: int,
    outcome: Outcome,
) -> None:
    usage = SimpleNamespace(free=free_gib * directory.GIB, total=100 * directory.GIB)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)

    diagnosis = directory.disk_space(installation)

    assert diagnosis.outcome is outcome
    assert diagnosis.detail == f"{free_gib}.0 of 100.0 GiB free"


def test_files_that_others_may_read_are_named(installation: Installation) -> None:
    (installation.state_dir / "images" / IMAGE).chmod(0o644)

    diagnosis = directory.permissions(installation)

    assert diagnosis.outcome is Outcome.WARNING
    assert f"images/{IMAGE} 0644" in diagnosis.detail


def test_a_state_directory_that_others_may_enter_is_a_failure(installation: Installation) -> None:
    installation.state_dir.chmod(0o755)

    assert directory.permissions(installation).outcome is Outcome.FAILED


def test_a_huge_directory_is_looked_at_in_part(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "LOOKED_AT_MOST", 2)

    assert directory.permissions(installation).detail.startswith("2 paths")


def listening(installation: Installation, path: Path) -> Installation:
    return replace(installation, listen=(f"unix://{path}", "127.0.0.1:7777"))


def bound(path: Path, mode: int) -> None:
    # Through the directory's own name: a test's path is longer than a socket's may be
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path.name)
    finally:
        os.chdir(here)
    path.chmod(mode)


@pytest.mark.parametrize(("mode", "outcome"), [(0o600, Outcome.OK), (0o666, Outcome.FAILED)])
def test_a_socket_in_the_state_directory_is_for_its_owner_alone(
    installation: Installation, mode: int, outcome: Outcome
) -> None:
    path = installation.state_dir / "v.sock"
    bound(path, mode)

    assert directory.sockets(listening(installation, path)).outcome is outcome


def test_a_socket_elsewhere_may_be_for_everybody(
    installation: Installation, tmp_path: Path
) -> None:
    bound(tmp_path / "v.sock", 0o666)

    assert directory.sockets(listening(installation, tmp_path / "v.sock")).outcome is Outcome.OK


@pytest.mark.parametrize(("name", "why"), [("absent", "is gone"), ("file", "is no socket")])
def test_a_socket_that_nobody_can_connect_to_is_a_failure(
    installation: Installation, name: str, why: str
) -> None:
    (installation.state_dir / "file").write_text("")

    diagnosis = directory.sockets(listening(installation, installation.state_dir / name))

    assert diagnosis.outcome is Outcome.FAILED
    assert why in diagnosis.detail


def test_images_that_cannot_be_read_are_named(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert directory.image_store(installation).detail == "1 image, 0 MiB"
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)

    diagnosis = directory.image_store(installation)

    assert diagnosis.outcome is Outcome.FAILED
    assert IMAGE in diagnosis.detail
