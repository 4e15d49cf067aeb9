"""``resize`` and ``rebuild``; confirming and reverting are in ``test_power.py``."""

from __future__ import annotations

import grpc
import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import Failure, FakeCloud
from vmctl.v1 import instance_actions_pb2 as pb


def test_a_resize_names_its_flavor(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("resize", "web1", "m1.small")

    request = cloud.last(pb.ResizeInstanceRequest)
    assert (result.code, result.out, result.err) == (0, "", "")
    assert (request.instance, request.flavor) == ("web1", "m1.small")


def test_a_size_without_room_is_6(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.fail("ResizeInstance", Failure(grpc.StatusCode.RESOURCE_EXHAUSTED, "no-room-to-resize"))

    assert vmctl("resize", "web1", "m1.large").code == 6


def test_a_rebuild_names_its_image(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("rebuild", "web1", "tiny")

    request = cloud.last(pb.RebuildInstanceRequest)
    assert (result.code, result.out, result.err) == (0, "", "")
    assert (request.instance, request.image) == ("web1", "tiny")


def test_a_rebuild_may_write_other_words_on_the_server(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("rebuild", "--name", "db1", "--description", "", "--meta", "role=db", "web1", "tiny")

    request = cloud.last(pb.RebuildInstanceRequest)
    assert (request.name, request.HasField("description")) == ("db1", True)
    assert (dict(request.metadata), request.HasField("hostname")) == ({"role": "db"}, False)


@pytest.mark.parametrize("option", ["--key-name", "--user-data"])
def test_what_a_rebuild_does_not_change_is_refused_by_name(
    vmctl: Vmctl, cloud: FakeCloud, option: str
) -> None:
    result = vmctl("rebuild", option, "x", "web1", "tiny")

    assert result.code == 7
    assert option in result.err
    assert cloud.methods() == []
