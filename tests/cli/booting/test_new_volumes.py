"""Volumes that are made for a server just before its boot."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import compute_pb2
from vmctl.v1 import volume_pb2 as pb
from vmctl_cli.booting import new_volumes

BOOT = ("boot", "--flavor", "m1.nano")
OF_IMAGE = ("--block-device", "id=tiny,source=image,dest=volume,size=1,bootindex=0")


@pytest.fixture(autouse=True)
def _makes_one(cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_volumes, "LOOK_EVERY_S", 0.0)
    cloud.answers["CreateVolume"] = pb.Volume(id="v1", status="creating")
    cloud.answers["GetVolume"] = pb.Volume(id="v1", status="available")
    web1 = compute_pb2.Instance(id="id-of-web1", name="web1", status="BUILD")
    cloud.answers["BootInstance"] = compute_pb2.BootInstanceResponse(instances=[web1])


def test_a_server_boots_from_the_volume_that_was_made_for_it(
    vmctl: Vmctl, cloud: FakeCloud
) -> None:
    assert vmctl(*BOOT, *OF_IMAGE, "web1").code == 0

    made, looked, asked = cloud.requests
    assert made == pb.CreateVolumeRequest(size_gib=1, image="tiny")
    assert looked == pb.GetVolumeRequest(volume="v1")
    assert list(asked.volumes) == [compute_pb2.VolumeRequest(volume="v1", boot_index=0)]


def test_a_snapshot_is_booted_from(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert vmctl(*BOOT, "--snapshot", "then", "web1").code == 0

    assert cloud.requests[0] == pb.CreateVolumeRequest(snapshot="then")


def test_a_volume_that_cannot_be_filled_goes_again(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["GetVolume"] = pb.Volume(id="v1", status="error", status_reason="unreadable")

    ran = vmctl(*BOOT, *OF_IMAGE, "web1")

    assert ran.code == 9
    assert "unreadable" in ran.err
    assert cloud.requests[-1] == pb.DeleteVolumeRequest(volume="v1")


def test_nothing_is_made_for_a_dry_run_or_a_wrong_option(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert vmctl(*BOOT, *OF_IMAGE, "--dry-run", "web1").code == 2
    assert vmctl(*BOOT, *OF_IMAGE, "--config-drive", "perhaps", "web1").code == 2
    assert vmctl(*BOOT, "--snapshot", "then", "--image", "tiny", "web1").code == 2

    assert cloud.requests == []
