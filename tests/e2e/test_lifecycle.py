"""One real guest through the states of its life, driven by nothing but ``vmctl``."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cloud import TINY, Cloud, refusal, running_cloud

BOOT_TIMEOUT_S = 180


@dataclass(frozen=True)
class Guest:
    """The server that all tests here share, named ``web``, or another one."""

    cloud: Cloud
    key: Path
    name: str = "web"

    def ssh(self, command: str) -> str:
        """Run a command in the guest, as soon as it answers; return what it printed."""
        deadline = time.monotonic() + BOOT_TIMEOUT_S
        while True:
            ran = self.cloud.run(
                *("ssh", "--login", "root", "-i", str(self.key), self.name),
                *("--", command),
                timeout_s=60,
            )
            if ran.returncode == 0 or time.monotonic() > deadline:
                assert ran.returncode == 0, ran.stderr
                return ran.stdout
            time.sleep(0.5)  # each look is a process, and the guest needs the processor

    def uptime_s(self) -> float:
        """Return for how long the guest has been up, by its own clock."""
        return float(self.ssh("cat /proc/uptime").split()[0])

    def show(self) -> dict[str, Any]:
        """Return the server."""
        shown: dict[str, Any] = self.cloud.json("show", self.name)
        return shown

    def act(self, *words: str) -> dict[str, Any]:
        """Have an action done, and return the server as it is then."""
        command, *rest = words
        self.cloud.text(command, "--poll", *rest, "web")
        return self.show()


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    assert TINY.exists(), "make guest builds the image that this test boots"
    key = tmp_path_factory.mktemp("keys") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    with running_cloud("qemu") as cloud:
        cloud.text("image-upload", "--file", str(TINY), "--min-ram", "96", "tiny")
        cloud.text("keypair-add", "--pub-key", f"{key}.pub", "mine")
        cloud.text(
            *("boot", "--flavor", "m1.nano", "--image", "tiny", "--key-name", "mine"),
            *("--poll", "web"),
        )
        guest = Guest(cloud, key)
        guest.ssh("echo kept > /root/mark; sync")
        yield guest


def test_a_stopped_guest_has_powered_off_by_itself_and_starts_on_its_disk(guest: Guest) -> None:
    stopped = guest.act("stop")
    pids = guest.cloud.machine_pids()
    started = guest.act("start")

    assert (stopped["status"], stopped["power_state"]) == ("SHUTOFF", 4)
    assert pids == []
    assert started["status"] == "ACTIVE"
    assert started["addresses"] == stopped["addresses"]
    assert guest.ssh("cat /root/mark") == "kept\n"


@pytest.mark.parametrize(
    "how", [(), pytest.param(("--hard",), marks=pytest.mark.long)], ids=["soft", "hard"]
)
def test_a_rebooted_guest_is_up_anew(guest: Guest, how: tuple[str, ...]) -> None:
    guest.ssh("touch /run/before")
    before = guest.cloud.machine_pids()

    after = guest.act("reboot", *how)

    assert after["status"] == "ACTIVE"
    assert guest.cloud.machine_pids() != before
    assert guest.ssh("test -e /run/before && echo same || echo anew") == "anew\n"


def test_a_paused_guest_stands_still_and_goes_on(guest: Guest) -> None:
    guest.ssh("touch /run/before")

    paused = guest.act("pause")
    refused = guest.cloud.run("stop", "web")
    guest.act("unpause")

    assert (paused["status"], paused["power_state"]) == ("PAUSED", 3)
    refusal(refused, 5, f"Cannot 'stop' instance {paused['id']} while it is in vm_state paused")
    assert guest.ssh("ls /run/before") == "/run/before\n"


def test_a_suspended_guest_goes_on_after_its_daemon_was_killed(guest: Guest) -> None:
    guest.ssh("touch /run/before")
    uptime_s = guest.uptime_s()

    suspended = guest.act("suspend")
    pids = guest.cloud.machine_pids()
    guest.cloud.kill()
    guest.cloud.start()
    resumed = guest.act("resume")

    assert (suspended["status"], suspended["power_state"]) == ("SUSPENDED", 7)
    assert pids == []
    assert resumed["status"] == "ACTIVE"
    assert guest.uptime_s() >= uptime_s
    assert guest.ssh("ls /run/before") == "/run/before\n"


def test_a_suspended_guest_can_be_brought_up_anew(guest: Guest) -> None:
    guest.act("suspend")

    after = guest.act("reboot", "--hard")

    assert after["status"] == "ACTIVE"
    assert guest.ssh("cat /root/mark") == "kept\n"


def test_a_running_guest_tells_what_it_has_done(guest: Guest) -> None:
    guest.ssh("echo x >> /root/x; sync")  # what a machine counts begins with its last start

    found = guest.cloud.json("diagnostics", "web")

    assert (found["state"], found["driver"], found["num_cpus"]) == ("running", "qemu", 1)
    assert found["disk_details"][0]["name"] == "root"
    assert found["disk_details"][0]["write_bytes"] > 0


def test_a_locked_server_is_left_alone_by_its_owner_until_it_is_unlocked(guest: Guest) -> None:
    cloud = guest.cloud
    cloud.text("lock", "--reason", "an exam", "web")
    locked = guest.show()
    cloud.text("unlock", "web")

    assert (locked["locked"], locked["locked_reason"]) == (True, "an exam")
    assert not guest.show()["locked"]


def test_a_rescued_guest_has_its_old_disk_second(guest: Guest) -> None:
    guest.cloud.text("rescue", "--poll", "web")
    rescued = guest.show()
    seen = guest.ssh("cat /sys/block/vda/serial; echo; cat /sys/block/vdb/serial")
    after = guest.act("unrescue")

    assert rescued["status"] == "RESCUE"
    assert seen.split()[:2] == ["rescue", rescued["id"][:20]]
    assert after["status"] == "ACTIVE"
    assert guest.ssh("cat /root/mark") == "kept\n"


def test_a_resized_guest_sees_its_new_memory_and_processors_and_its_old_disk(
    guest: Guest,
) -> None:
    before = guest.show()
    old = guest.ssh("nproc; grep MemTotal /proc/meminfo").split()
    guest.cloud.text("flavor-create", "m1.pair", "auto", "192", "2", "2")

    guest.cloud.text("resize", "--poll", "web", "m1.pair")
    trial = guest.show()
    new = guest.ssh("nproc; grep MemTotal /proc/meminfo; cat /sys/block/vda/size").split()
    reverted = guest.act("resize-revert")

    assert (trial["status"], trial["flavor"]["ram_mib"]) == ("VERIFY_RESIZE", 192)
    assert (old[0], new[0]) == ("1", "2")
    assert int(new[2]) > int(old[2])
    assert int(new[-1]) * 512 == 2 * 2**30
    assert (reverted["status"], reverted["flavor"]) == ("ACTIVE", before["flavor"])
    assert guest.ssh("nproc; cat /root/mark") == "1\nkept\n"


def test_a_confirmed_resize_frees_what_the_old_size_needed(guest: Guest) -> None:
    guest.cloud.text("resize", "--poll", "web", "m1.pair")

    confirmed = guest.act("resize-confirm")

    assert (confirmed["status"], confirmed["flavor"]["name"]) == ("ACTIVE", "m1.pair")
    assert guest.ssh("cat /root/mark") == "kept\n"
    assert guest.cloud.rows("SELECT vcpus, ram_mib, disk_gib FROM audit_instances") == [(2, 192, 2)]


def test_a_rebuilt_guest_has_a_fresh_disk_and_its_old_address(guest: Guest) -> None:
    before = guest.show()

    guest.cloud.text("rebuild", "--poll", "web", "tiny")
    after = guest.show()

    assert after["status"] == "ACTIVE"
    assert (after["id"], after["addresses"]) == (before["id"], before["addresses"])
    assert guest.ssh("test -e /root/mark && echo old || echo fresh") == "fresh\n"
    seen = guest.ssh("ip -4 -o addr show scope global")
    assert before["addresses"][0]["address"] in seen


def test_the_actions_tell_what_was_asked_and_how_it_went(guest: Guest) -> None:
    listed = guest.cloud.json("instance-action-list", "web")
    reboots = [action for action in listed if action["action"] == "reboot"]

    assert {"create", "stop", "start", "reboot", "pause", "suspend", "lock"} <= {
        action["action"] for action in listed
    }
    assert [event["event"] for event in reboots[0]["events"]] == [
        "compute_reboot_instance",
        "compute_agent__power_off",
        "compute_agent__power_on",
    ]
    assert {event["result"] for event in reboots[0]["events"]} == {"Success"}


def test_audit_finds_nothing_and_nothing_is_left(guest: Guest) -> None:
    """Runs last: it ends the guest that the tests above share."""
    cloud = guest.cloud
    assert cloud.json("audit") == []

    cloud.text("delete", "--wait", "web")

    assert cloud.leftovers() == []
