"""``trash-list``, ``restore``, ``force-delete``, ``delete --now``."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from tests.cli.messages import an_instance
from vmctl.v1 import compute_pb2
from vmctl.v1 import instance_actions_pb2 as pb


def test_the_trash_holds_what_can_be_restored(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["ListInstances"] = compute_pb2.ListInstancesResponse(
        instances=[an_instance(status="SOFT_DELETED")]
    )

    result = vmctl("trash-list", "-f", "json")

    assert [server["status"] for server in json.loads(result.out)] == ["SOFT_DELETED"]
    assert cloud.last(compute_pb2.ListInstancesRequest).status == "SOFT_DELETED"


def test_a_server_is_asked_back(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("restore", "web1")

    assert (result.code, result.out, result.err) == (0, "", "")
    assert cloud.last(pb.InstanceActionRequest).instance == "web1"


@pytest.mark.parametrize("words", [("force-delete",), ("delete", "--now")])
def test_what_goes_for_good_says_so(vmctl: Vmctl, cloud: FakeCloud, words: tuple[str, ...]) -> None:
    vmctl(*words, "web1")

    assert cloud.last(compute_pb2.DeleteInstanceRequest).at_once


def test_a_plain_deletion_leaves_it_to_the_operator(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("delete", "web1")

    assert not cloud.last(compute_pb2.DeleteInstanceRequest).at_once
