"""Types of volumes: names that admins make."""

from __future__ import annotations

import pytest

from tests.support.callers import a_caller, an_admin
from vmctld.domain.volume import DEFAULT_TYPE, VolumeDraft
from vmctld.errors import AlreadyExists, Forbidden, NotFound, WrongState
from vmctld.volume.service import VolumeService


def test_a_volume_is_of_the_default_type_unless_it_asks_for_another(
    service: VolumeService,
) -> None:
    fast = service.types.create(an_admin(), "fast", "on the new disks")

    plain = service.volumes.create_volume(a_caller(), VolumeDraft(1))
    other = service.volumes.create_volume(a_caller(), VolumeDraft(1, volume_type=fast.id))

    assert (plain.volume_type, other.volume_type) == (DEFAULT_TYPE, "fast")
    assert [one.name for one in service.types.all()] == [DEFAULT_TYPE, "fast"]
    assert service.types.get("fast") == fast
    with pytest.raises(NotFound):
        service.volumes.create_volume(a_caller(), VolumeDraft(1, volume_type="slow"))


def test_a_type_that_volumes_have_stays_and_they_are_named(service: VolumeService) -> None:
    service.types.create(an_admin(), "fast")
    volume = service.volumes.create_volume(a_caller(), VolumeDraft(1, volume_type="fast"))

    with pytest.raises(WrongState) as refusal:
        service.types.delete(an_admin(), "fast")

    assert refusal.value.code == "volume-type-in-use"
    assert volume.id in refusal.value.message
    service.volumes.delete_volume(a_caller(), volume.id)
    service.types.delete(an_admin(), "fast")
    with pytest.raises(NotFound):
        service.types.get("fast")


def test_types_are_the_admins_and_the_default_one_nobodys(service: VolumeService) -> None:
    with pytest.raises(Forbidden):
        service.types.create(a_caller(), "fast")
    with pytest.raises(Forbidden):
        service.types.delete(a_caller(), DEFAULT_TYPE)
    with pytest.raises(WrongState):
        service.types.delete(an_admin(), DEFAULT_TYPE)
    with pytest.raises(AlreadyExists) as refusal:
        service.types.create(an_admin(), DEFAULT_TYPE)
    assert refusal.value.code == "volume-type-exists"
