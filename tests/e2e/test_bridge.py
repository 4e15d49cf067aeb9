"""Guests on the bridge network: their addresses, names, metadata, and nothing left behind."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.cloud import TINY, Cloud, Ran, running_cloud
from tests.support.waiting import eventually

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="bridges are root's to make, and this is another user"
)

BOOT_TIMEOUT_S = 180


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud with two guests on the network ``private``."""
    key = tmp_path_factory.mktemp("key") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    with running_cloud("qemu", "--network-driver", "bridge") as cloud:
        cloud.text("image-upload", "--file", str(TINY), "--min-ram", "96", "tiny")
        cloud.text("keypair-add", "--pub-key", f"{key}.pub", "mine")
        cloud.text("secgroup-rule-create", "--protocol", "tcp", "--dst-port", "22", "default")
        for name in ("web", "db"):
            cloud.text(
                *("boot", "--flavor", "m1.nano", "--image", "tiny", "--key-name", "mine"),
                *("--poll", name),
            )
        for name in ("web", "db"):
            assert eventually(
                lambda name=name: "tiny: started" in cloud.text("console-log", name),
                BOOT_TIMEOUT_S,
            )
        (cloud.home / "key").symlink_to(key)
        yield cloud


def ssh(cloud: Cloud, server: str, *command: str) -> Ran:
    """Run a command in a guest; the way there is a tunnel through the daemon."""
    key = str(cloud.home / "key")
    return cloud.run("ssh", "--login", "root", "-i", key, server, "--", *command, timeout_s=90)


def address_of(cloud: Cloud, server: str) -> str:
    """Return what the database says."""
    address: str = cloud.json("show", server)["addresses"][0]["address"]
    return address


def test_a_guest_has_by_dhcp_exactly_the_address_that_was_allocated(cloud: Cloud) -> None:
    address = address_of(cloud, "web")

    assert f"eth0 has {address}, by DHCP" in cloud.text("console-log", "web")


def test_guests_of_a_network_reach_each_other_by_name(cloud: Cloud) -> None:
    asked = ssh(cloud, "web", "ping -c 1 -W 5 db && nslookup db")

    assert asked.returncode == 0, asked.stderr
    assert address_of(cloud, "db") in asked.stdout


def test_a_guest_finds_its_metadata_and_its_alone(cloud: Cloud) -> None:
    url = "http://169.254.169.254"

    read = ssh(cloud, "web", f"wget -q -O - {url}/openstack/latest/meta_data.json")

    assert cloud.json("show", "web")["id"] in read.stdout
    names = ssh(cloud, "db", f"wget -q -O - {url}/latest/meta-data/hostname")
    assert names.stdout == "db"


def test_a_guest_that_takes_another_address_reaches_nobody(cloud: Cloud) -> None:
    db = address_of(cloud, "db")

    spoofed = ssh(
        cloud,
        "web",
        f"ip addr add 10.20.0.200/24 dev eth0; ping -c 1 -W 2 -I 10.20.0.200 {db};"
        f"echo spoofed $?; ip addr del 10.20.0.200/24 dev eth0; ping -c 1 -W 5 {db}; echo own $?",
    )

    assert "spoofed 1" in spoofed.stdout
    assert "own 0" in spoofed.stdout


def test_guests_do_not_notice_that_the_daemon_was_killed(cloud: Cloud) -> None:
    cloud.kill()
    cloud.start()

    url = "http://169.254.169.254/latest/meta-data/hostname"
    seen = ssh(cloud, "web", f"ping -c 1 -W 5 db && wget -q -O - {url}")
    assert seen.stdout.endswith("web"), seen.stderr


def test_nothing_of_a_deleted_server_is_left_on_its_host(cloud: Cloud) -> None:
    cloud.text("delete", "--wait", "web", "db")

    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    assert "vmctl-" not in listed.stdout
    assert list((cloud.state_dir / "network").iterdir()) == []
    cloud.text("network-delete", "private")  # takes the hosts' own port along
    assert cloud.leftovers() == []
