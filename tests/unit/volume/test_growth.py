"""Volumes become larger, attached or not, and never smaller."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tests.support.callers import a_build, a_caller
from vmctld.domain.volume import AttachmentRequest, Volume, VolumeDraft, VolumeStatus
from vmctld.errors import Exhausted, Forbidden, InvalidRequest, NotFound, WrongState
from vmctld.volume.qcow2_size import virtual_size_bytes
from vmctld.volume.service import VolumeService

SERVER = str(uuid.UUID(int=1))
ATTACHMENT = str(uuid.UUID(int=2))


@pytest.fixture
def volume(service: VolumeService) -> Volume:
    return service.volumes.create_volume(a_caller(), VolumeDraft(1, name="data"))


@pytest.fixture
def attached(service: VolumeService, volume: Volume) -> Volume:
    asked = [AttachmentRequest(ATTACHMENT, volume.id)]
    service.attachments.connect_volumes(a_build(SERVER), SERVER, "host-1", asked)
    return volume


def test_a_volume_that_nobody_has_grows_at_once(
    service: VolumeService, volume: Volume, directory: Path
) -> None:
    grown = service.growth.extend(a_caller(), "data", 3)

    assert grown.size_gib == 3
    assert virtual_size_bytes(directory / volume.id) == 3 * 2**30
    assert service.volumes.get_volume(a_caller(), "data").status is VolumeStatus.AVAILABLE


@pytest.mark.parametrize(("size_gib", "error"), [(1, InvalidRequest), (99_999, Exhausted)])
def test_a_size_that_it_cannot_have_is_refused(
    service: VolumeService, volume: Volume, size_gib: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        service.growth.extend(a_caller(), volume.id, size_gib)


def test_one_that_is_attached_grows_by_its_server(
    service: VolumeService, attached: Volume, directory: Path
) -> None:
    with pytest.raises(WrongState) as refusal:
        service.growth.extend(a_caller(), "data", 2)
    assert refusal.value.code == "volume-in-use"

    checked = service.growth.extend(a_caller(), "data", 2, check_only=True)
    grown = service.attachments.grow_volume(a_build(SERVER), SERVER, ATTACHMENT, 2)
    again = service.attachments.grow_volume(a_build(SERVER), SERVER, ATTACHMENT, 2)

    assert checked.size_gib == 1
    assert (grown.size_gib, again.size_gib) == (2, 2)
    assert virtual_size_bytes(directory / attached.id) == 2 * 2**30


def test_nobody_else_makes_it_grow(service: VolumeService, attached: Volume) -> None:
    other = str(uuid.UUID(int=9))

    with pytest.raises(Forbidden):
        service.attachments.grow_volume(a_build(other), SERVER, ATTACHMENT, 2)
    with pytest.raises(NotFound):
        service.attachments.grow_volume(a_build(other), other, ATTACHMENT, 2)


def test_a_volume_on_its_way_from_its_server_says_so(
    service: VolumeService, attached: Volume
) -> None:
    service.attachments.begin_detaching(SERVER, ATTACHMENT)
    service.attachments.begin_detaching(SERVER, SERVER)
    going = service.volumes.get_volume(a_caller(), "data").status
    asked = [AttachmentRequest(ATTACHMENT, attached.id)]
    service.attachments.connect_volumes(a_build(SERVER), SERVER, "host-1", asked)

    assert going is VolumeStatus.DETACHING
    assert service.volumes.get_volume(a_caller(), "data").status is VolumeStatus.IN_USE
    service.attachments.begin_detaching(SERVER, ATTACHMENT)
    service.attachments.release_volumes(a_build(SERVER), SERVER, [ATTACHMENT])
    assert service.volumes.get_volume(a_caller(), "data").status is VolumeStatus.AVAILABLE
