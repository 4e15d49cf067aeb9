"""``volume-attach``, ``volume-detach``, ``volume-attachments``, ``volume-extend`` and others."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import compute_pb2
from vmctl.v1 import instance_volumes_pb2 as of_instances
from vmctl.v1 import volume_pb2 as pb
from vmctl.v1.common_pb2 import Page

ID = "c0138db4-6039-4c37-9d1e-000000000001"
HELD = compute_pb2.InstanceVolume(volume_id=ID, attachment_id="att-1", boot_index=0)
WEB1 = compute_pb2.Instance(id="id-of-web1", name="web1", volumes=[HELD])
FREE, TAKEN = pb.Volume(id=ID), pb.Volume(id=ID, instance_id="id-of-web1")


@pytest.fixture(autouse=True)
def _has_one(cloud: FakeCloud) -> None:
    cloud.answers["GetInstance"] = cloud.answers["DetachVolume"] = WEB1
    cloud.answers["ExtendAttachedVolume"] = WEB1
    cloud.answers["AttachVolume"] = of_instances.AttachVolumeResponse(instance=WEB1, volume=HELD)
    for method in ("GetVolume", "CreateVolume", "ExtendVolume", "UpdateVolume"):
        cloud.answers[method] = FREE


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ("volume-attach", "web1", "data", "/dev/vdb"),
            of_instances.AttachVolumeRequest(instance="web1", volume="data"),
        ),
        (
            ("volume-attach", "--delete-on-termination", "web1", "data"),
            of_instances.AttachVolumeRequest(
                instance="web1", volume="data", delete_on_termination=True
            ),
        ),
        (
            ("volume-detach", "--force", "web1", "data"),
            of_instances.DetachVolumeRequest(instance="web1", volume="data", force=True),
        ),
        (
            ("volume-create", "--snapshot", "then", "--type", "fast"),
            pb.CreateVolumeRequest(snapshot="then", volume_type="fast"),
        ),
        (
            ("volume-create", "--source", "data", "3"),
            pb.CreateVolumeRequest(source_volume="data", size_gib=3),
        ),
        (
            ("volume-set", "--name", "", "--non-bootable", "data"),
            pb.UpdateVolumeRequest(volume="data", name="", bootable=False),
        ),
        (
            ("volume-reset-state", "data"),
            pb.ResetVolumeStatusRequest(volume="data", status="available"),
        ),
        (
            ("volume-snapshot-list", "--volume", "data"),
            pb.ListVolumeSnapshotsRequest(page=Page(limit=1000), volume="data"),
        ),
        (
            ("volume-snapshot-create", "--name", "then", "data"),
            pb.CreateVolumeSnapshotRequest(volume="data", name="then"),
        ),
        (
            ("volume-snapshot-delete", "then"),
            pb.DeleteVolumeSnapshotRequest(snapshot="then"),
        ),
        (("volume-type-create", "fast"), pb.CreateVolumeTypeRequest(name="fast")),
        (("volume-type-delete", "fast"), pb.DeleteVolumeTypeRequest(volume_type="fast")),
    ],
)
def test_what_is_asked_for_travels(
    vmctl: Vmctl, cloud: FakeCloud, arguments: tuple[str, ...], expected: object
) -> None:
    assert vmctl(*arguments).code == 0
    assert cloud.requests == [expected]


def test_a_volume_that_a_server_has_grows_by_that_server(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert vmctl("volume-extend", "data", "2").code == 0
    cloud.answers["GetVolume"] = TAKEN
    assert vmctl("volume-extend", "data", "2").code == 0

    assert cloud.requests == [
        pb.GetVolumeRequest(volume="data"),
        pb.ExtendVolumeRequest(volume="data", size_gib=2),
        pb.GetVolumeRequest(volume="data"),
        of_instances.ExtendAttachedVolumeRequest(volume="data", size_gib=2),
    ]


def test_an_attachment_tells_what_the_guest_sees(vmctl: Vmctl) -> None:
    (shown,) = json.loads(vmctl("volume-attachments", "web1", "-f", "json").out)

    assert shown["serial"] == ID[:20]
    assert (shown["id"], shown["server_id"], shown["boot_index"]) == (ID, "id-of-web1", 0)


def test_a_blank_volume_needs_a_size(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert vmctl("volume-create", "--name", "data").code == 2
    assert cloud.calls == []
