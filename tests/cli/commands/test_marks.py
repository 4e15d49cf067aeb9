"""``lock``, ``unlock``, ``reset-state``."""

from __future__ import annotations

import grpc

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import Failure, FakeCloud
from vmctl.v1 import instance_actions_pb2 as pb


def test_a_lock_has_its_reason(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("lock", "--reason", "an exam", "web1")

    request = cloud.last(pb.LockInstanceRequest)
    assert (result.code, result.out, result.err) == (0, "", "")
    assert (request.instance, request.reason) == ("web1", "an exam")


def test_unlocking_says_nothing(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("unlock", "web1")

    assert (result.code, result.out, result.err) == (0, "", "")
    assert cloud.methods() == ["UnlockInstance"]


def test_states_are_reset_to_error_unless_said_otherwise(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("reset-state", "web1", "web2")

    assert result.err == (
        "Reset state for server web1 succeeded; new state is error\n"
        "Reset state for server web2 succeeded; new state is error\n"
    )
    assert not cloud.last(pb.ResetInstanceStateRequest).active


def test_a_state_is_reset_to_active_in_all_projects(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("reset-state", "--all-tenants", "--active", "web1")

    request = cloud.last(pb.ResetInstanceStateRequest)
    assert request.active
    assert request.all_projects


def test_a_reset_that_is_refused_does_not_keep_the_others_from_theirs(
    vmctl: Vmctl, cloud: FakeCloud
) -> None:
    cloud.fail("ResetInstanceState", Failure(grpc.StatusCode.PERMISSION_DENIED, "admin-only"))

    result = vmctl("reset-state", "web1", "web2")

    assert result.code == 4
    assert "server web2 succeeded" in result.err
