"""``image-create`` and ``backup``."""

from __future__ import annotations

import json

import grpc
import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import Failure, FakeCloud
from tests.cli.messages import an_instance
from vmctl.v1 import image_pb2
from vmctl.v1 import snapshots_pb2 as pb


@pytest.fixture(autouse=True)
def accepted(cloud: FakeCloud) -> None:
    made = pb.SnapshotInstanceResponse(image_id="image-1", instance=an_instance("web1"))
    cloud.answers["SnapshotInstance"] = cloud.answers["BackupInstance"] = made
    cloud.answers["GetImage"] = image_pb2.Image(id="image-1", name="snap", status="queued")


def test_an_image_of_a_server_is_asked_for_with_its_properties(
    vmctl: Vmctl, cloud: FakeCloud
) -> None:
    result = vmctl("image-create", "--metadata", "purpose=test", "web1", "snap")

    request = cloud.last(pb.SnapshotInstanceRequest)
    assert (result.code, result.out) == (0, "")
    assert (request.instance, request.name) == ("web1", "snap")
    assert dict(request.metadata) == {"purpose": "test"}


def test_the_image_is_shown_when_that_is_wanted(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("image-create", "--show", "web1", "snap")

    assert "| status" in result.out
    assert "queued" in result.out


def test_a_script_is_told_which_image_it_is(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert json.loads(vmctl("-f", "json", "image-create", "web1", "snap").out)["id"] == "image-1"
    assert vmctl("--quiet", "image-create", "web1", "snap").out == "image-1\n"


def test_a_backup_is_asked_for_with_its_type_and_rotation(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("backup", "web1", "monday", "daily", "7")

    request = cloud.last(pb.BackupInstanceRequest)
    assert (result.code, result.out) == (0, "")
    assert (request.name, request.backup_type, request.rotation) == ("monday", "daily", 7)


def test_a_rotation_below_nothing_is_wrong_usage(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert vmctl("backup", "web1", "monday", "daily", "--", "-1").code == 2
    assert cloud.methods() == []


def test_a_refusal_is_passed_on(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.fail(
        "SnapshotInstance",
        Failure(grpc.StatusCode.FAILED_PRECONDITION, "instance-wrong-state", "not now"),
    )

    result = vmctl("image-create", "web1", "snap")

    assert result.code == 5
    assert "not now" in result.err
