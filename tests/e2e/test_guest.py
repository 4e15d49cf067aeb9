"""Two real guests, driven by nothing but ``vmctl``: from sign-in to nothing left."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.cloud import TINY, Cloud, Ran, refusal, running_cloud, started_at
from tests.support.waiting import eventually

BOOT_TIMEOUT_S = 180
USER_DATA = """#!/bin/sh
echo "the user data of $(hostname) ran"
"""
STEP_FIELDS = {
    "number",
    "name",
    "component",
    "peer",
    "attempt",
    "started_at",
    "duration_ms",
    "outcome",
    "detail",
}


@dataclass(frozen=True)
class Guests:
    """What all tests here share: a server from an image, and one from a volume."""

    cloud: Cloud
    key: Path
    volume_id: str
    boot_volume_id: str

    def ssh(self, *command: str, login: str = "root") -> Ran:
        """Run a command in the guest named web."""
        return self.cloud.run(
            "ssh", "--login", login, "-i", str(self.key), "web", "--", *command, timeout_s=60
        )

    def says(self, server: str, words: str) -> bool:
        """Wait until a guest has written ``words`` to its console."""
        deadline = time.monotonic() + BOOT_TIMEOUT_S
        while time.monotonic() < deadline:
            if words in self.cloud.text("console-log", server):
                return True
            time.sleep(0.5)  # each look is a process, and the guests need the processor
        return False


@pytest.fixture(scope="module")
def guests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guests]:
    assert TINY.exists(), "make guest builds the image that this test boots"
    directory = tmp_path_factory.mktemp("guests")
    key, user_data = directory / "key", directory / "user-data"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    user_data.write_text(USER_DATA)
    with running_cloud("qemu") as cloud:
        cloud.text("image-upload", "--file", str(TINY), "--min-ram", "96", "tiny")
        cloud.text("keypair-add", "--pub-key", f"{key}.pub", "mine")
        volume_id = cloud.text("volume-create", "--quiet", "--name", "data", "1").strip()
        boot_volume_id = cloud.text(
            "volume-create", "--quiet", "--name", "system", "--image", "tiny", "1"
        ).strip()
        cloud.text(
            *("boot", "--flavor", "m1.nano", "--image", "tiny", "--key-name", "mine"),
            *("--user-data", str(user_data), "--poll", "web"),
            *("--block-device", f"source=volume,id={volume_id},dest=volume"),
        )
        assert eventually(
            lambda: cloud.json("volume-show", boot_volume_id)["status"] == "available"
        )
        cloud.text("boot", "--flavor", "m1.nano", "--boot-volume", "system", "--poll", "disk")
        yield Guests(cloud, key, volume_id, boot_volume_id)


def test_user_data_runs_in_the_guest_and_shows_on_its_console(guests: Guests) -> None:
    assert guests.says("web", "the user data of web ran")
    assert guests.says("web", "tiny: started")


def test_the_key_of_the_boot_opens_the_guest_by_ssh(guests: Guests) -> None:
    assert guests.ssh("hostname", login="tiny").stdout == "web\n"


def test_ssh_passes_on_the_exit_code_of_what_ran_in_the_guest(guests: Guests) -> None:
    assert guests.ssh("exit 17").returncode == 17


def test_the_guest_has_exactly_the_address_that_was_allocated(guests: Guests) -> None:
    shown = guests.cloud.json("show", "web")
    seen = guests.ssh("ip -4 -o addr show scope global; cat /sys/class/net/eth0/address").stdout

    (address,) = shown["addresses"]
    assert [line.split()[3] for line in seen.splitlines() if "inet" in line] == [
        f"{address['address']}/24"
    ]
    assert seen.splitlines()[-1] == address["mac"]


def test_the_hosts_own_metadata_service_is_cut_off(guests: Guests) -> None:
    fetched = guests.ssh(
        "ip route replace default via 10.20.0.1;"
        "timeout 5 wget -q -O - http://169.254.169.254/ && echo reached || echo cut off"
    )

    assert fetched.stdout == "cut off\n"


def test_a_volume_attached_at_boot_is_known_by_its_serial_and_written_by_the_guest(
    guests: Guests, tmp_path: Path
) -> None:
    serial = guests.ssh("cat /sys/block/vdb/serial").stdout.strip()
    wrote = guests.ssh("echo written by the guest | dd of=/dev/vdb conv=notrunc,fsync")

    assert serial == guests.volume_id[:20]
    assert wrote.returncode == 0, wrote.stderr
    stored, plain = guests.cloud.state_dir / "volumes" / guests.volume_id, tmp_path / "plain"
    convert = ["qemu-img", "convert", "-U", "-f", "qcow2", "-O", "raw", stored, plain]
    subprocess.run(convert, check=True)  # -U: the guest still has it open
    with plain.open("rb") as disk:
        assert disk.read(21) == b"written by the guest\n"
    assert guests.cloud.json("volume-show", "data")["status"] == "in-use"


def test_a_server_boots_from_a_volume_that_was_made_from_an_image(guests: Guests) -> None:
    assert guests.says("disk", "login:")
    assert guests.cloud.json("volume-show", "system")["bootable"]


def test_a_volume_in_use_boots_no_second_server(guests: Guests) -> None:
    ran = guests.cloud.run("boot", "--flavor", "m1.nano", "--boot-volume", "system", "second")

    refusal(ran, 5, r"volume .*in.use")
    assert [row["name"] for row in guests.cloud.json("list")] == ["disk", "web"]


def test_the_console_answers_what_is_typed_from_a_pipe(guests: Guests) -> None:
    assert guests.says("disk", "login:")

    answer = guests.cloud.text("console", "disk", stdin="root\n")

    assert "Password:" in answer


def test_the_trace_tells_all_28_steps_for_ever_after(guests: Guests) -> None:
    trace = guests.cloud.json("trace", "web")
    steps = trace["steps"]

    assert [step["number"] for step in steps] == list(range(1, 29))
    assert all(set(step) == STEP_FIELDS for step in steps)
    assert {step["outcome"] for step in steps} == {"done"}
    assert all(step["duration_ms"] >= 0 for step in steps)
    assert steps[27]["component"] == "driver" or steps[27]["peer"] == "driver"
    assert trace["attempts"] == []


def test_the_actions_of_a_server_tell_what_was_asked_of_it(guests: Guests) -> None:
    shown = guests.cloud.json("show", "web")
    (action,) = guests.cloud.json("instance-action-list", "web")

    assert (action["action"], action["request_id"]) == ("create", shown["request_id"])
    assert len(action["events"]) == 10
    assert guests.cloud.json("instance-action", "web", action["request_id"])["events"]


def test_guests_outlive_a_killed_daemon_and_the_next_one_adopts_them(guests: Guests) -> None:
    cloud = guests.cloud
    before = {pid: started_at(pid) for pid in cloud.machine_pids()}
    uptime_s = float(guests.ssh("cat /proc/uptime").stdout.split()[0])

    cloud.kill()
    assert {pid: started_at(pid) for pid in cloud.machine_pids()} == before
    cloud.start()

    assert len(before) == 2
    assert {pid: started_at(pid) for pid in cloud.machine_pids()} == before
    assert {row["status"] for row in cloud.json("list")} == {"ACTIVE"}
    assert float(guests.ssh("cat /proc/uptime").stdout.split()[0]) >= uptime_s
    assert "tiny: started" in cloud.text("console-log", "web")


def test_audit_finds_nothing_while_servers_run(guests: Guests) -> None:
    assert guests.cloud.json("audit") == []


def test_a_deleted_server_leaves_nothing_behind(guests: Guests) -> None:
    """Runs last: it ends the guests that the tests above share."""
    cloud = guests.cloud

    cloud.text("delete", "--wait", "web", "disk")

    assert cloud.leftovers() == []
    assert cloud.json("list") == []
    assert cloud.json("port-list") == []
    assert {row["status"] for row in cloud.json("volume-list")} == {"available"}
    assert cloud.json("audit") == []
    cloud.text("volume-delete", "data", "system")
    cloud.text("image-delete", "tiny")
    assert [one for one in cloud.files() if not one.startswith("cache/")] == []
    assert cloud.stop() == 0
