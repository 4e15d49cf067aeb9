"""A real guest whose disk is made an image of while it runs, and that is shelved and comes back."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.cloud import TINY, Cloud, running_cloud
from tests.e2e.test_lifecycle import Guest


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    assert TINY.exists(), "make guest builds the image that this test boots"
    with running_cloud("qemu") as cloud:
        yield cloud


@pytest.fixture(scope="module")
def guest(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Guest:
    key = tmp_path_factory.mktemp("keys") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    cloud.text("image-upload", "--file", str(TINY), "--min-ram", "96", "tiny")
    cloud.text("keypair-add", "--pub-key", f"{key}.pub", "mine")
    _boot(cloud, "tiny", "web")
    return Guest(cloud, key)


def _boot(cloud: Cloud, image: str, name: str) -> None:
    words = ("--flavor", "m1.nano", "--image", image, "--key-name", "mine", "--poll", name)
    cloud.text("boot", *words)


def test_an_image_of_a_running_guest_has_what_was_on_its_disk_then(
    cloud: Cloud, guest: Guest
) -> None:
    guest.ssh("echo before > /root/mark; sync")
    boot_id = guest.ssh("cat /proc/sys/kernel/random/boot_id")

    cloud.text("image-create", "--metadata", "purpose=test", "--poll", "web", "snap")
    guest.ssh("echo after > /root/mark; sync")
    image = cloud.json("image-show", "snap")
    _boot(cloud, "snap", "old")
    old = Guest(cloud, guest.key, "old")

    assert (image["status"], image["min_disk_gib"]) == ("active", 1)
    assert image["properties"]["image_type"] == "snapshot"
    assert image["properties"]["purpose"] == "test"
    assert old.ssh("cat /root/mark") == "before\n"
    assert guest.ssh("cat /root/mark /proc/sys/kernel/random/boot_id") == f"after\n{boot_id}"
    cloud.text("delete", "--wait", "old")


@pytest.mark.long
def test_a_shelved_guest_comes_back_with_its_disk_and_its_address(
    cloud: Cloud, guest: Guest
) -> None:
    guest.ssh("echo shelved > /root/mark; sync")
    before = guest.show()

    cloud.text("shelve", "--poll", "web")
    cloud.text("unshelve", "--poll", "web")

    after = guest.show()
    assert (after["status"], after["id"]) == ("ACTIVE", before["id"])
    assert after["addresses"] == before["addresses"]
    assert guest.ssh("cat /root/mark") == "shelved\n"
    assert cloud.json("audit") == []
