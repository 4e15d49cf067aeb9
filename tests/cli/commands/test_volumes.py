"""``volume-*``."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import volume_pb2 as pb
from vmctl.v1.common_pb2 import Page

DATA = pb.Volume(id="v1", name="data", size_gib=3, status="in-use", instance_id="id-of-web1")


@pytest.fixture(autouse=True)
def _has_one(cloud: FakeCloud) -> None:
    cloud.answers["CreateVolume"] = cloud.answers["GetVolume"] = DATA
    cloud.answers["ListVolumes"] = pb.ListVolumesResponse(volumes=[DATA])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("volume-list",), pb.ListVolumesRequest(page=Page(limit=1000))),
        (("volume-show", "data"), pb.GetVolumeRequest(volume="data")),
        (("volume-create", "3"), pb.CreateVolumeRequest(size_gib=3)),
        (
            ("volume-create", "--name", "data", "--image", "tiny", "3"),
            pb.CreateVolumeRequest(size_gib=3, name="data", image="tiny"),
        ),
        (("volume-delete", "data"), pb.DeleteVolumeRequest(volume="data")),
    ],
)
def test_what_is_asked_for_travels(
    vmctl: Vmctl, cloud: FakeCloud, arguments: tuple[str, ...], expected: object
) -> None:
    assert vmctl(*arguments).code == 0
    assert cloud.requests == [expected]


@pytest.mark.parametrize("size", ["0", "-1", "much", str(2**31)])
def test_a_size_that_is_none_is_refused(vmctl: Vmctl, cloud: FakeCloud, size: str) -> None:
    assert vmctl("volume-create", size).code == 2
    assert cloud.calls == []


def test_a_list_looks_as_cinders(vmctl: Vmctl) -> None:
    assert "| v1 | in-use | data | 3    | False    | id-of-web1  |" in vmctl("volume-list").out
