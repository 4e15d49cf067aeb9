"""Errors that several parts of the volume service raise."""

from __future__ import annotations

from dataclasses import replace

from tests.support.volumes import a_volume
from vmctld.domain.volume import VolumeStatus
from vmctld.volume.refusals import not_available


def test_a_volume_that_a_server_has_names_it() -> None:
    volume = replace(a_volume(), status=VolumeStatus.IN_USE, instance_id="i1", attachment_id="a1")

    refusal = not_available(volume)

    assert refusal.code == "volume-in-use"
    assert refusal.facts == {"volume_id": "v1", "status": "in-use", "instance_id": "i1"}


def test_a_volume_that_is_busy_says_with_what() -> None:
    creating = not_available(a_volume(status=VolumeStatus.CREATING))
    broken = not_available(replace(a_volume(status=VolumeStatus.ERROR), name=""))

    assert (creating.code, broken.code) == ("volume-not-available", "volume-not-available")
    assert "wait" in creating.hint
    assert "wait" not in broken.hint
    assert broken.message == "the volume v1 is in the state error, not available"
