"""Debian with cloud-init as its packages bring it: it finds its data source by itself."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cloud import ROOT, Cloud, running_cloud

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        os.geteuid() != 0, reason="Debian systems are root's to make, and this is another user"
    ),
]

BUILD_TIMEOUT_S = 1200
READY_TIMEOUT_S = 900  # a minute where nothing else runs
USER_DATA = """#cloud-config
write_files:
  - path: /etc/greeting
    content: hello from user data
"""


@pytest.fixture(scope="module")
def debian() -> Path:
    """The image, made of packages when there is none."""
    subprocess.run([ROOT / "scripts" / "debian-guest"], check=True, timeout=BUILD_TIMEOUT_S)
    return ROOT / "build" / "debian.qcow2"


@pytest.fixture(scope="module", params=["bridge", "user"])
def network(request: pytest.FixtureRequest) -> str:
    """The network driver."""
    return str(request.param)


@pytest.fixture(scope="module")
def cloud(network: str, debian: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud of each kind of network, with one such guest, ready as it says itself."""
    files = tmp_path_factory.mktemp("files")
    key, user_data = files / "key", files / "user-data"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    user_data.write_text(USER_DATA)
    with running_cloud("qemu", "--network-driver", network) as cloud:
        cloud.text("flavor-create", "debian", "auto", "512", "3", "1")
        cloud.text("image-upload", "--file", str(debian), "debian")
        cloud.text("keypair-add", "--pub-key", f"{key}.pub", "mine")
        cloud.text("secgroup-rule-create", "--protocol", "tcp", "--dst-port", "22", "default")
        (cloud.home / "key").symlink_to(key)
        booted = cloud.run(
            *("boot", "--flavor", "debian", "--image", "debian", "--key-name", "mine"),
            *("--user-data", str(user_data), "--wait-for", "cloud-init"),
            *("--timeout", str(READY_TIMEOUT_S), "web"),
            timeout_s=READY_TIMEOUT_S + 60,
        )
        assert booted.returncode == 0, booted.stderr + cloud.text("console-log", "web")
        yield cloud


def in_guest(cloud: Cloud, command: str) -> str:
    """Return what a command says in the guest, whose user it is that cloud-init made."""
    ran = cloud.run(
        *("ssh", "--login", "debian", "-i", str(cloud.home / "key"), "web", "--", command),
        timeout_s=180,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_cloud_init_is_done_and_has_found_its_config_drive(cloud: Cloud) -> None:
    status = in_guest(cloud, "cloud-init status --long")

    assert "status: done" in status
    assert "DataSourceConfigDrive" in status


def test_name_address_and_user_data_are_what_was_asked_for(cloud: Cloud) -> None:
    address = cloud.json("show", "web")["addresses"][0]["address"]

    assert in_guest(cloud, "hostname").strip() == "web"
    assert address in in_guest(cloud, "ip -o -4 addr show scope global")
    assert in_guest(cloud, "cat /etc/greeting") == "hello from user data"
