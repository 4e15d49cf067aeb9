"""``delete``."""

from __future__ import annotations

import json
from typing import Any

import grpc
import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import Failure, FakeCloud
from tests.cli.messages import an_instance
from vmctl.v1 import compute_pb2
from vmctl_cli.booting import waiting

ABSENT = Failure(
    grpc.StatusCode.NOT_FOUND, "server-not-found", "No server with a name or ID of 'a'"
)
BUSY = Failure(grpc.StatusCode.FAILED_PRECONDITION, "wrong-state", "not now")


@pytest.fixture(autouse=True)
def _deletes(cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.answers["DeleteInstance"] = lambda request: an_instance(request.instance)
    monkeypatch.setattr(waiting, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr("vmctl_cli.client.calls.LONG_RETRY_DELAYS_S", (0.001, 0.001))


def test_a_deletion_is_accepted_in_novas_words(vmctl: Vmctl) -> None:
    result = vmctl("delete", "web1")

    assert (result.code, result.out) == (0, "")
    assert result.err == "Request to delete server web1 has been accepted.\n"


def test_all_are_tried_and_the_highest_code_counts(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.fail("DeleteInstance", ABSENT, BUSY)

    result = vmctl("delete", "a", "b", "c")

    assert result.code == 5
    assert result.err.splitlines() == [
        "ERROR (NotFound): No server with a name or ID of 'a'",
        "ERROR (WrongState): not now",
        "Request to delete server c has been accepted.",
    ]


def test_with_json_only_errors_are_on_stderr(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.fail("DeleteInstance", ABSENT)

    result = vmctl("delete", "a", "b", "-f", "json")

    assert json.loads(result.err)["error"]["code"] == "server-not-found"


def test_deleting_what_is_gone_is_3(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.fail("DeleteInstance", ABSENT)

    assert vmctl("delete", "a").code == 3


def test_a_deletion_is_asked_for_again_while_the_daemon_is_away(
    vmctl: Vmctl, cloud: FakeCloud
) -> None:
    away = Failure(grpc.StatusCode.UNAVAILABLE)
    cloud.fail("DeleteInstance", away, away)

    assert vmctl("delete", "a").code == 0
    assert cloud.methods() == ["DeleteInstance"] * 3
    assert len({call.metadata["x-request-id"] for call in cloud.calls}) == 1


def test_all_tenants_travels(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("delete", "--all-tenants", "web1")

    assert cloud.last(compute_pb2.DeleteInstanceRequest).all_projects


def _watch(*parts: Any) -> Any:
    return lambda _request: iter(
        [
            part if isinstance(part, Failure) else compute_pb2.WatchInstanceResponse(instance=part)
            for part in parts
        ]
    )


@pytest.mark.parametrize(
    "end", [an_instance(status="DELETED"), Failure(grpc.StatusCode.NOT_FOUND, "not-found")]
)
def test_wait_returns_when_it_is_gone(vmctl: Vmctl, cloud: FakeCloud, end: Any) -> None:
    cloud.answers["WatchInstance"] = _watch(an_instance(task_state="deleting"), end)

    result = vmctl("delete", "--wait", "web1")

    assert result.code == 0
    assert result.err.endswith("Deleted.\n")
    assert cloud.last(compute_pb2.WatchInstanceRequest).until_deleted


def test_a_deletion_that_fails_later_is_9(vmctl: Vmctl, cloud: FakeCloud) -> None:
    fault = compute_pb2.Fault(code="hypervisor-failed", message="QEMU does not end")
    cloud.answers["WatchInstance"] = _watch(an_instance(status="ERROR", fault=fault))

    result = vmctl("delete", "--wait", "web1")

    assert result.code == 9
    assert "ERROR (HypervisorFailed): QEMU does not end" in result.err


def test_those_accepted_are_waited_for_even_if_others_were_not(
    vmctl: Vmctl, cloud: FakeCloud
) -> None:
    cloud.fail("DeleteInstance", ABSENT)
    cloud.answers["WatchInstance"] = _watch(an_instance(status="DELETED"))

    result = vmctl("delete", "--wait", "a", "b")

    assert result.code == 3
    assert result.err.endswith("Deleted.\n")
