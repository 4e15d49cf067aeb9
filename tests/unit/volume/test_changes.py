"""What is said of a volume beside its bytes."""

from __future__ import annotations

import uuid

import pytest

from tests.support.callers import a_build, a_caller, an_admin
from vmctld.domain.volume import (
    AttachmentRequest,
    Volume,
    VolumeChanges,
    VolumeDraft,
    VolumeStatus,
)
from vmctld.errors import Forbidden, InvalidRequest, WrongState
from vmctld.volume.service import VolumeService

SERVER = str(uuid.UUID(int=1))
ASKED = str(uuid.UUID(int=2))


@pytest.fixture
def volume(service: VolumeService) -> Volume:
    return service.volumes.create_volume(a_caller(), VolumeDraft(1, name="data"))


def attach(service: VolumeService, volume: Volume) -> bool:
    """Attach the volume and return whether it may only be read."""
    asked = [AttachmentRequest(ASKED, volume.id)]
    made = service.attachments.connect_volumes(a_build(SERVER), SERVER, "host-1", asked)
    return made[0].read_only


def test_what_is_named_changes_and_all_else_stays(service: VolumeService, volume: Volume) -> None:
    changes = VolumeChanges(name="archive", description="old letters", bootable=True)

    changed = service.changes.update(a_caller(), "data", changes)

    assert (changed.name, changed.description) == ("archive", "old letters")
    assert (changed.bootable, changed.read_only) == (True, False)
    assert changed.size_gib == volume.size_gib


def test_a_read_only_volume_is_connected_for_reading(
    service: VolumeService, volume: Volume
) -> None:
    service.changes.update(a_caller(), "data", VolumeChanges(read_only=True))

    assert attach(service, volume)
    with pytest.raises(WrongState):
        service.changes.update(a_caller(), "data", VolumeChanges(read_only=False))


@pytest.mark.parametrize(
    "changes", [VolumeChanges(), VolumeChanges(name="a=b"), VolumeChanges(description="x" * 256)]
)
def test_nothing_and_nonsense_are_refused(
    service: VolumeService, volume: Volume, changes: VolumeChanges
) -> None:
    with pytest.raises(InvalidRequest):
        service.changes.update(a_caller(), volume.id, changes)


def test_admins_set_a_status_that_attachments_do_not_belie(
    service: VolumeService, volume: Volume
) -> None:
    reset = service.changes.reset_status
    assert reset(an_admin(), volume.id, "error").status is VolumeStatus.ERROR
    assert reset(an_admin(), volume.id, "available").status is VolumeStatus.AVAILABLE
    with pytest.raises(Forbidden):
        reset(a_caller(), volume.id, "available")
    with pytest.raises(InvalidRequest):
        reset(an_admin(), volume.id, "deleting")
    with pytest.raises(WrongState):
        reset(an_admin(), volume.id, "in-use")
    attach(service, volume)
    with pytest.raises(WrongState) as refusal:
        reset(an_admin(), volume.id, "available")
    assert refusal.value.code == "volume-in-use"
