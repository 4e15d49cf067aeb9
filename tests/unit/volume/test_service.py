"""The volume service: its parts, wired."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support.callers import a_caller
from vmctld.domain.volume import VolumeDraft
from vmctld.volume.service import VolumeService


def test_it_can_be_ended_twice_and_started_again(
    start_service: Callable[[], VolumeService], directory: Path
) -> None:
    first = start_service()
    volume = first.volumes.create_volume(a_caller(), VolumeDraft(1))
    first.close()
    first.close()

    second = start_service()
    second.recover()

    assert second.volumes.get_volume(a_caller(), volume.id) == volume
    assert (directory / volume.id).exists()
