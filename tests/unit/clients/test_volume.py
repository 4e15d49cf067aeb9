"""The volume service as the compute parts ask it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.callers import a_build, a_caller
from tests.support.clock import FakeClock
from tests.support.database import a_database
from tests.support.images import OneImage
from tests.support.serving import serving
from tests.support.volumes import NoLimits
from vmctl.v1.volume_pb2_grpc import add_VolumeServiceServicer_to_server
from vmctld.clients.volume import VolumeClient
from vmctld.compute.boot import BUILD_CALLS
from vmctld.domain.instance import VolumePlan
from vmctld.domain.volume import VolumeDraft, VolumeRequest, VolumeStatus
from vmctld.errors import NotFound, WrongState
from vmctld.observe import context
from vmctld.rpc.servicers.volume import VolumeServicer
from vmctld.volume.service import VolumeService

SERVER = "0c7a1d1e-0000-4000-8000-000000000001"
ATTACHMENT = "0c7a1d1e-0000-4000-8000-0000000000aa"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[VolumeService]:
    database = a_database(tmp_path)
    images = OneImage(None)
    service = VolumeService(database, FakeClock(), tmp_path / "volumes", images, images, NoLimits())
    yield service
    service.close()
    database.close()


@pytest.fixture
def client(service: VolumeService) -> Iterator[VolumeClient]:
    build = replace(a_build(SERVER), calls=BUILD_CALLS)
    with serving(
        add_VolumeServiceServicer_to_server, VolumeServicer(service), {"of-server": build}
    ) as channel:
        yield VolumeClient(channel)


def test_a_volume_goes_the_whole_way_of_a_boot_and_back(
    client: VolumeClient, service: VolumeService
) -> None:
    volume = service.volumes.create_volume(a_caller(), VolumeDraft(1, name="data"))
    plan = VolumePlan(volume.id, ATTACHMENT)

    with context.bind(token="member"):
        assert client.resolve_volumes([VolumeRequest("data")]) == (volume,)
    with context.bind(token="service"):
        client.reserve_volumes(SERVER, [plan])
    with context.bind(token="of-server"):
        served = client.connect_volumes(SERVER, "host-1", [plan])
    with context.bind(token="service"):
        with pytest.raises(WrongState):
            client.delete_volume(volume.id)
        client.release_volumes(SERVER, [ATTACHMENT], host="host-2")
        assert service.volumes.get_volume(a_caller(), "data").status is VolumeStatus.IN_USE
        client.release_volumes(SERVER)
        client.delete_volume(volume.id)

    assert [c.attachment_id for c in served.value] == [ATTACHMENT]
    assert served.validation is not None
    assert served.validation.duration_ms == 1.5
    with pytest.raises(NotFound):
        service.volumes.get_volume(a_caller(), volume.id)
