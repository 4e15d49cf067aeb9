"""Volumes of real guests: what one wrote another reads, and what is on them outlives servers."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.cloud import TINY, Cloud, refusal, running_cloud
from tests.support.waiting import eventually

BOOT_TIMEOUT_S = 180
GUEST_SEES_S = 20  # half a second, on a machine that has nothing else to do


@dataclass(frozen=True)
class Guests:
    """A cloud, and how to run commands in its guests."""

    cloud: Cloud
    key: Path

    def ssh(self, server: str, command: str) -> str:
        """Run a command in a guest, as soon as it answers; return what it printed."""
        deadline = time.monotonic() + BOOT_TIMEOUT_S
        login = ("ssh", "--login", "root", "-i", str(self.key), server, "--", command)
        while True:
            ran = self.cloud.run(*login, timeout_s=60)
            if ran.returncode == 0 or time.monotonic() > deadline:
                assert ran.returncode == 0, ran.stderr
                return ran.stdout
            time.sleep(0.5)  # each look is a process, and the guest needs the processor

    def boot(self, name: str, *source: str) -> None:
        """Boot a small server."""
        arguments = ("--flavor", "m1.nano", "--key-name", "mine", *source, "--poll", name)
        self.cloud.text("boot", *arguments)

    def volume(self, name: str, *arguments: str) -> str:
        """Make a volume and return its id, once it is available."""
        made = self.cloud.json("volume-create", "--name", name, *arguments)
        assert eventually(lambda: self.status(made["id"]) == "available", 60)
        return str(made["id"])

    def status(self, volume: str) -> str:
        """Return a volume's status."""
        return str(self.cloud.json("volume-show", volume)["status"])

    def disk(self, server: str, volume_id: str) -> str:
        """Return the guest's name of a volume, once it sees it."""
        look = f"grep -l {volume_id[:20]} /sys/block/*/serial || true"
        assert eventually(lambda: bool(self.ssh(server, look).strip()), GUEST_SEES_S)
        return "/dev/" + self.ssh(server, look).split("/")[3]


@pytest.fixture(scope="module")
def guests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guests]:
    assert TINY.exists(), "make guest builds the image that this test boots"
    key = tmp_path_factory.mktemp("keys") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    with running_cloud("qemu") as cloud:
        cloud.text("image-upload", "--file", str(TINY), "--min-ram", "96", "tiny")
        cloud.text("keypair-add", "--pub-key", f"{key}.pub", "mine")
        yield Guests(cloud, key)
        assert cloud.json("audit") == []


@pytest.fixture(scope="module")
def one(guests: Guests) -> str:
    guests.boot("one", "--image", "tiny")
    return "one"


def test_what_one_guest_wrote_another_one_reads(guests: Guests, one: str) -> None:
    volume = guests.volume("data", "1")
    guests.ssh(one, "true")

    guests.cloud.text("volume-attach", "--poll", one, "data")
    assert guests.status("data") == "in-use"
    (attached,) = guests.cloud.json("volume-attachments", one)
    assert attached["serial"] == volume[:20]
    disk = guests.disk(one, volume)
    guests.ssh(one, f"echo written by one | dd of={disk} conv=notrunc 2>/dev/null; sync")
    grown = f"test $(cat /sys/block/{disk[5:]}/size) -eq $((2 * 1024 * 1024 * 2))"
    guests.cloud.text("volume-extend", "--poll", "data", "2")
    guests.ssh(one, grown)
    assert guests.cloud.json("volume-show", "data")["size_gib"] == 2

    guests.cloud.text("volume-detach", "--poll", one, "data")
    assert guests.status("data") == "available"
    assert guests.cloud.json("volume-attachments", one) == []
    guests.cloud.text("stop", "--poll", one)
    guests.boot("two", "--image", "tiny")
    guests.cloud.text("volume-attach", "--poll", "two", "data")
    disk = guests.disk("two", volume)

    assert "written by one" in guests.ssh("two", f"head -c 14 {disk}")
    refusal(guests.cloud.run("volume-attach", one, "data"), 5, "is in use by the server")
    guests.cloud.text("delete", "--wait", "two")
    assert guests.status("data") == "available"


@pytest.mark.long
def test_a_stopped_server_finds_its_volume_when_it_starts(guests: Guests, one: str) -> None:
    volume = guests.volume("later", "1")
    if guests.cloud.json("show", one)["status"] != "SHUTOFF":
        guests.cloud.text("stop", "--poll", one)

    guests.cloud.text("volume-attach", "--poll", one, "later")
    guests.cloud.text("start", "--poll", one)

    assert guests.disk(one, volume)
    guests.cloud.text("volume-detach", "--poll", one, "later")


@pytest.mark.long
def test_a_server_boots_from_a_volume_and_so_does_the_next_one(guests: Guests) -> None:
    root = guests.volume("root", "--image", "tiny", "1")
    guests.boot("first", "--boot-volume", root)
    guests.ssh("first", "echo kept > /root/kept; sync")
    refused = guests.cloud.run("volume-detach", "first", "root")
    refusal(refused, 4, "Cannot detach a root device volume")
    guests.cloud.text("delete", "--wait", "first")
    guests.cloud.text("volume-snapshot-create", "--name", "then", "root")
    assert eventually(lambda: guests.status("root") == "available", 60)
    assert guests.cloud.json("volume-snapshot-show", "then")["status"] == "available"

    guests.boot("second", "--boot-volume", root)
    assert guests.ssh("second", "cat /root/kept").strip() == "kept"
    guests.ssh("second", "echo changed > /root/kept; sync")
    guests.cloud.text("delete", "--wait", "second")
    again = guests.volume("again", "--snapshot", "then")
    guests.boot("third", "--block-device", f"id={again},source=volume,dest=volume,bootindex=0")

    assert guests.ssh("third", "cat /root/kept").strip() == "kept"
    guests.cloud.text("delete", "--wait", "third")
