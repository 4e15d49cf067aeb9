"""Volumes over gRPC: every method, from message to message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.callers import a_build
from tests.support.carriers import by
from tests.support.clock import FakeClock
from tests.support.database import a_database
from tests.support.images import OneImage
from tests.support.serving import serving
from tests.support.volumes import NoLimits
from vmctl.v1 import compute_pb2
from vmctl.v1 import volume_pb2 as pb
from vmctl.v1.volume_pb2_grpc import VolumeServiceStub, add_VolumeServiceServicer_to_server
from vmctld.compute.boot import BUILD_CALLS
from vmctld.rpc.servicers.volume import VolumeServicer
from vmctld.volume.service import VolumeService

SERVER = "0c7a1d1e-0000-4000-8000-000000000001"
ATTACHMENT = "0c7a1d1e-0000-4000-8000-0000000000aa"
MEMBER, ADMIN, SERVICE, BUILD = by("member"), by("admin"), by("service"), by("of-server")


@pytest.fixture
def volumes(tmp_path: Path) -> Iterator[VolumeServiceStub]:
    database = a_database(tmp_path)
    images = OneImage(None)
    service = VolumeService(database, FakeClock(), tmp_path / "volumes", images, images, NoLimits())
    build = replace(a_build(SERVER), calls=BUILD_CALLS)
    with serving(
        add_VolumeServiceServicer_to_server, VolumeServicer(service), {"of-server": build}
    ) as channel:
        yield VolumeServiceStub(channel)
    service.close()
    database.close()


@pytest.fixture
def volume(volumes: VolumeServiceStub) -> pb.Volume:
    return volumes.CreateVolume(pb.CreateVolumeRequest(name="data", size_gib=1), metadata=MEMBER)


def test_volumes_are_made_found_listed_and_deleted(
    volumes: VolumeServiceStub, volume: pb.Volume
) -> None:
    found = volumes.GetVolume(pb.GetVolumeRequest(volume="data"), metadata=MEMBER)
    mine = volumes.ListVolumes(pb.ListVolumesRequest(), metadata=MEMBER)
    everybodys = volumes.ListVolumes(pb.ListVolumesRequest(all_projects=True), metadata=ADMIN)
    volumes.DeleteVolume(pb.DeleteVolumeRequest(volume="data"), metadata=MEMBER)

    assert found == volume
    assert (volume.status, volume.size_gib) == ("available", 1)
    assert list(mine.volumes) == list(everybodys.volumes) == [volume]
    assert not volumes.ListVolumes(pb.ListVolumesRequest(), metadata=MEMBER).volumes


def test_a_volume_from_an_image_is_being_made(volumes: VolumeServiceStub) -> None:
    request = pb.CreateVolumeRequest(size_gib=1, image="tiny")

    volume = volumes.CreateVolume(request, metadata=MEMBER)

    assert (volume.status, volume.bootable) == ("creating", True)


def test_a_volume_goes_the_whole_way_of_a_boot_and_back(
    volumes: VolumeServiceStub, volume: pb.Volume
) -> None:
    asked = [pb.AttachmentRequest(attachment_id=ATTACHMENT, volume_id=volume.id)]

    def status() -> str:
        found = volumes.GetVolume(pb.GetVolumeRequest(volume="data"), metadata=MEMBER)
        return str(found.status)

    resolved = volumes.ResolveVolumes(
        pb.ResolveVolumesRequest(volumes=[compute_pb2.VolumeRequest(volume="data")]),
        metadata=MEMBER,
    )
    assert list(resolved.volumes) == [volume]
    volumes.ReserveVolumes(
        pb.ReserveVolumesRequest(instance_id=SERVER, attachments=asked), metadata=SERVICE
    )
    assert status() == "reserved"
    connected = volumes.ConnectVolumes(
        pb.ConnectVolumesRequest(instance_id=SERVER, host="host-1", attachments=asked),
        metadata=BUILD,
    )
    assert [(c.attachment_id, c.size_bytes) for c in connected.connections] == [
        (ATTACHMENT, 1024**3)
    ]
    for host, then in (("host-2", "in-use"), ("", "available")):
        volumes.ReleaseVolumes(
            pb.ReleaseVolumesRequest(instance_id=SERVER, attachment_ids=[ATTACHMENT], host=host),
            metadata=SERVICE,
        )
        assert status() == then
