"""The states of a volume."""

from __future__ import annotations

from vmctld.domain.volume import COMES_FROM, VolumeStatus


def test_every_state_but_the_first_can_be_come_to_or_is_for_later() -> None:
    for_later = {VolumeStatus.ATTACHING}

    assert set(VolumeStatus) - set(COMES_FROM) == {VolumeStatus.CREATING} | for_later


def test_a_volume_that_somebody_has_is_never_deleted_and_never_reserved() -> None:
    somebodys = {VolumeStatus.RESERVED, VolumeStatus.IN_USE}

    assert not COMES_FROM[VolumeStatus.DELETING] & somebodys
    assert not COMES_FROM[VolumeStatus.RESERVED] & somebodys
