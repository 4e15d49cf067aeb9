"""``stop``, ``start``, ``reboot``, ``pause``, ``unpause``, ``suspend``, ``resume``."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import Failure, FakeCloud
from tests.cli.messages import an_instance
from vmctl.v1 import compute_pb2
from vmctl.v1 import instance_actions_pb2 as pb
from vmctl_cli.booting import waiting

WRONG_STATE = Failure(
    grpc.StatusCode.FAILED_PRECONDITION,
    "instance-wrong-state",
    "Cannot 'stop' instance 1 while it is in vm_state stopped",
    class_name="WrongState",
)
METHODS = {
    "stop": "StopInstance",
    "start": "StartInstance",
    "reboot": "RebootInstance",
    "pause": "PauseInstance",
    "unpause": "UnpauseInstance",
    "suspend": "SuspendInstance",
    "resume": "ResumeInstance",
    "resize-confirm": "ConfirmResize",
    "unrescue": "UnrescueInstance",
    "resize-revert": "RevertResize",
}


@pytest.fixture(autouse=True)
def _acts(cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for method in METHODS.values():
        cloud.answers[method] = lambda request: an_instance(request.instance)
    cloud.answers["GetInstanceAction"] = compute_pb2.InstanceAction(action="stop")
    cloud.answers["WatchInstance"] = lambda _request: iter(
        [
            compute_pb2.WatchInstanceResponse(instance=an_instance(task_state="powering-off")),
            compute_pb2.WatchInstanceResponse(instance=an_instance(status="SHUTOFF")),
        ]
    )
    monkeypatch.setattr(waiting, "FIRST_PAUSE_S", 0.001)


@pytest.mark.parametrize("command", ["stop", "start", "reboot"])
def test_several_are_asked_for_in_novas_words(vmctl: Vmctl, cloud: FakeCloud, command: str) -> None:
    result = vmctl(command, "web1", "web2")

    assert (result.code, result.out) == (0, "")
    assert result.err == (
        f"Request to {command} server web1 has been accepted.\n"
        f"Request to {command} server web2 has been accepted.\n"
    )
    assert cloud.methods() == [METHODS[command]] * 2


@pytest.mark.parametrize("command", sorted(set(METHODS) - {"stop", "start", "reboot"}))
def test_one_is_asked_for_without_words(vmctl: Vmctl, cloud: FakeCloud, command: str) -> None:
    result = vmctl(command, "web1")

    assert (result.code, result.out, result.err) == (0, "", "")
    assert cloud.methods() == [METHODS[command]]
    assert cloud.last(pb.InstanceActionRequest).instance == "web1"


def test_a_hard_reboot_is_one(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("reboot", "--hard", "web1")

    assert cloud.last(pb.RebootInstanceRequest).hard


@pytest.mark.parametrize("command", ["stop", "start"])
def test_all_tenants_travels(vmctl: Vmctl, cloud: FakeCloud, command: str) -> None:
    vmctl(command, "--all-tenants", "web1")

    assert cloud.last(pb.InstanceActionRequest).all_projects


def test_a_wrong_state_is_5_and_the_others_are_tried(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.fail("StopInstance", WRONG_STATE)

    result = vmctl("stop", "web1", "web2")

    assert result.code == 5
    assert result.err == (
        "ERROR (WrongState): Cannot 'stop' instance 1 while it is in vm_state stopped\n"
        "Request to stop server web2 has been accepted.\n"
    )


def test_a_request_is_sent_again_under_its_id_while_the_daemon_is_away(
    vmctl: Vmctl, cloud: FakeCloud
) -> None:
    cloud.fail("StopInstance", Failure(grpc.StatusCode.UNAVAILABLE))

    assert vmctl("stop", "web1").code == 0
    first, second = (call.metadata["x-request-id"] for call in cloud.calls)
    assert first == second


@pytest.mark.parametrize("word", ["--poll", "--wait"])
@pytest.mark.parametrize("command", METHODS)
def test_waiting_ends_when_it_is_done(vmctl: Vmctl, command: str, word: str) -> None:
    result = vmctl(command, word, "web1")

    assert result.code == 0
    assert "... 0% complete\n" in result.err
    assert result.err.endswith("... 100% complete\nFinished\n")


def test_what_failed_and_was_undone_is_9_with_its_cause(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["GetInstanceAction"] = compute_pb2.InstanceAction(
        action="suspend", message="disk-full: The host's disk is full"
    )

    result = vmctl("suspend", "--poll", "web1")

    assert result.code == 9
    assert "The host's disk is full" in result.err


def test_what_ends_in_error_is_9_with_its_fault(vmctl: Vmctl, cloud: FakeCloud) -> None:
    fault = compute_pb2.Fault(code="disk-gone", message="its disk is gone")
    cloud.answers["WatchInstance"] = _ends(an_instance(status="ERROR", fault=fault))

    result = vmctl("reboot", "--poll", "web1")

    assert result.code == 9
    assert "its disk is gone" in result.err


def test_what_is_deleted_meanwhile_is_9(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["WatchInstance"] = _ends(an_instance(status="DELETED"))

    assert vmctl("stop", "--poll", "web1").code == 9


def _ends(instance: compute_pb2.Instance) -> Any:
    return lambda _request: iter([compute_pb2.WatchInstanceResponse(instance=instance)])
