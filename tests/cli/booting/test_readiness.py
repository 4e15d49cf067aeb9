"""``boot --wait-for``: how far a guest is, and what it says of its first boot."""

from __future__ import annotations

import json
from typing import Any

import grpc
import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import Failure, FakeCloud
from tests.cli.messages import all_steps, an_instance, building
from vmctl.v1 import compute_pb2
from vmctl_cli.booting import readiness

BOOT = ("boot", "--flavor", "m1.nano", "--image", "tiny", "web1", "--wait-for")
CLOUD_INIT = "Cloud-init v. 22.4.2 finished at Fri, 02 Jan 2026 03:04:05 +0000.  Up 12 seconds"
FAILED = "[   12.1] cloud-init[612]: util.py[WARNING]: Running module scripts-user failed"
TINY = "tiny: user data ended with status 0 [4.41 s]"
TINY_FAILED = "tiny: user data ended with status 3 [4.41 s]"


@pytest.fixture(autouse=True)
def _runs_at_once(cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "LOOK_EVERY_S", 0.001)
    cloud.answers["BootInstance"] = compute_pb2.BootInstanceResponse(instances=[building()])
    cloud.answers["GetInstance"] = an_instance()
    _run(cloud)


def _run(cloud: FakeCloud, **fields: Any) -> None:
    answer = compute_pb2.WatchInstanceResponse(instance=an_instance(**fields), steps=all_steps())
    cloud.answers["WatchInstance"] = lambda _request: [answer]


def _says(cloud: FakeCloud, *looks: str) -> None:
    """Let each look at the console see the next of ``looks``, the last again and again."""
    left = list(looks)
    cloud.answers["GetConsoleLog"] = lambda _request: compute_pb2.GetConsoleLogResponse(
        output=(left.pop(0) if len(left) > 1 else left[0]).encode()
    )


@pytest.mark.parametrize("goal", ["active", "ip"])
def test_a_server_that_runs_and_has_an_address_is_that_far(
    vmctl: Vmctl, cloud: FakeCloud, goal: str
) -> None:
    result = vmctl(*BOOT, goal, "-f", "json")

    assert result.code == 0
    assert json.loads(result.out)["status"] == "ACTIVE"
    assert cloud.methods() == ["BootInstance", "WatchInstance"]


@pytest.mark.parametrize("goal", ["ip", "ssh"])
def test_a_server_without_a_card_gets_no_address(vmctl: Vmctl, cloud: FakeCloud, goal: str) -> None:
    _run(cloud, addresses=[])

    result = vmctl(*BOOT, goal, "-f", "json")

    assert result.code == 9
    assert json.loads(result.err)["error"]["code"] == "no-network"


def test_ssh_is_there_when_its_server_greets(vmctl: Vmctl, cloud: FakeCloud) -> None:
    closed = Failure(grpc.StatusCode.UNAVAILABLE, "guest-port-closed", class_name="Unavailable")
    cloud.fail("OpenTunnel", closed, closed)
    cloud.greetings = [b"SSH-2.0-dropbear\r\n"]

    assert vmctl(*BOOT, "ssh").code == 0

    assert cloud.methods().count("OpenTunnel") == 3
    assert cloud.last(compute_pb2.OpenTunnelRequest).port == 22


def test_a_port_that_says_nothing_is_no_ssh(
    vmctl: Vmctl, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "KNOCK_S", 0.05)
    cloud.greetings = [b"", b"SSH-2.0-x\r\n"]

    assert vmctl(*BOOT, "ssh").code == 0
    assert cloud.methods().count("OpenTunnel") == 2


@pytest.mark.parametrize("end", [CLOUD_INIT, TINY])
def test_cloud_inits_result_is_passed_on(vmctl: Vmctl, cloud: FakeCloud, end: str) -> None:
    _says(cloud, "Linux boots\n", "Linux boots\nlogin:\n", f"Linux boots\n{end}\nlogin:\n")

    result = vmctl(*BOOT, "cloud-init")

    assert result.code == 0
    assert end in result.err.splitlines()
    assert cloud.methods().count("GetConsoleLog") == 3


def test_a_guest_without_user_data_has_nothing_to_say(vmctl: Vmctl, cloud: FakeCloud) -> None:
    _says(cloud, "tiny: started [4.41 s]\n")

    assert vmctl(*BOOT, "cloud-init").code == 0


@pytest.mark.parametrize(
    "log", [f"{FAILED}\n{CLOUD_INIT}\n", f"{TINY_FAILED}\ntiny: started [5 s]\n"]
)
def test_a_first_boot_that_went_wrong_fails_with_what_was_said(
    vmctl: Vmctl, cloud: FakeCloud, log: str
) -> None:
    _says(cloud, log)

    result = vmctl(*BOOT, "cloud-init", "-f", "json")

    error = json.loads(result.err)["error"]
    assert (result.code, error["code"]) == (9, "cloud-init-failed")
    assert error["facts"]["said"] == [log.splitlines()[0]]
    assert json.loads(result.out)["status"] == "ACTIVE"


def test_a_guest_cannot_drive_the_terminal_by_its_report(vmctl: Vmctl, cloud: FakeCloud) -> None:
    _says(cloud, f"{TINY}\x1b[2J\n")

    assert "\x1b" not in vmctl(*BOOT, "cloud-init").err


@pytest.mark.parametrize("goal", ["ssh", "cloud-init"])
def test_a_guest_that_never_gets_there_is_left_at_the_timeout(
    vmctl: Vmctl, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch, goal: str
) -> None:
    monkeypatch.setattr(readiness, "KNOCK_S", 0.01)
    _says(cloud, "Linux boots\n")

    result = vmctl("--timeout", "0.3", *BOOT, goal, "-f", "json")

    error = json.loads(result.err)["error"]
    assert (result.code, error["code"]) == (8, "timed-out")
    assert error["facts"]["waited_for"] == goal
