"""The clouds that many tests share: starting one takes longer than most tests do."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cloud import Cloud, running_cloud


@pytest.fixture(scope="session")
def small_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image that nothing can boot from, but that is one."""
    path = tmp_path_factory.mktemp("image") / "small.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", path, "16M"], check=True)
    return path


@pytest.fixture(scope="session")
def shared_cloud(small_image: Path) -> Iterator[Cloud]:
    """A cloud on the fake driver with an image named ``small``."""
    with running_cloud("fake") as cloud:
        cloud.text("image-upload", "--file", str(small_image), "small")
        cloud.text("quota-update", "--ram", "-1", "--cores", "-1", "admin")
        yield cloud


@pytest.fixture
def cloud(shared_cloud: Cloud) -> Iterator[Cloud]:
    """The shared cloud; the test leaves no server, and no server leaves a trace."""
    yield shared_cloud
    # Not asked of a command: this runs after every test
    left = shared_cloud.rows("SELECT id FROM audit_instances WHERE status <> 'DELETED'")
    servers = [server for (server,) in left]
    if servers:
        shared_cloud.text("delete", "--wait", *servers)
    assert shared_cloud.leftovers() == []
