"""Filling new volumes from images."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.clock import FakeClock
from tests.support.images import OneImage
from tests.support.volumes import a_volume
from tests.support.waiting import eventually
from vmctld.domain.volume import Volume, VolumeStatus
from vmctld.errors import Corrupted, Unavailable
from vmctld.storage.database import Database
from vmctld.storage.repositories import volumes
from vmctld.volume.filler import AT_ONCE, Filler
from vmctld.volume.qemu_img import QemuImg
from vmctld.volume.store import VolumeStore


@pytest.fixture
def filler(database: Database, directory: Path, image: OneImage) -> Iterator[Filler]:
    filler = Filler(database, FakeClock(), VolumeStore(directory, QemuImg()), image)
    yield filler
    filler.close()


@pytest.fixture
def creating(database: Database, image: OneImage) -> list[Volume]:
    """More volumes to fill than are filled at once."""
    wanted = [
        replace(a_volume(f"v{n}", status=VolumeStatus.CREATING), image_id=image.image.id)
        for n in range(AT_ONCE + 2)
    ]
    with database.write() as tx:
        for volume in wanted:
            volumes.insert_volume(tx, volume)
    return wanted


def statuses(database: Database) -> Callable[[], set[str]]:
    def look() -> set[str]:
        with database.read() as tx:
            return {status.value for status in VolumeStatus if list(volumes.volumes_in(tx, status))}

    return look


def test_all_are_filled_in_the_end(
    filler: Filler, database: Database, creating: list[Volume], directory: Path
) -> None:
    for volume in creating:
        filler.submit(volume)

    look = statuses(database)
    assert eventually(lambda: look() == {"available"})
    assert {path.name for path in directory.iterdir()} == {volume.id for volume in creating}


def test_what_cannot_be_asked_now_is_left_for_the_next_daemon(
    filler: Filler, database: Database, creating: list[Volume], image: OneImage
) -> None:
    image.failure = Unavailable("the image service is away")
    for volume in creating:
        filler.submit(volume)
    filler.close()

    assert statuses(database)() == {"creating"}


def test_a_volume_that_cannot_be_filled_says_why(
    filler: Filler, database: Database, creating: list[Volume], image: OneImage
) -> None:
    image.failure = Corrupted("the image's file is damaged", code="image-damaged")

    filler.submit(creating[0])

    look = statuses(database)
    assert eventually(lambda: "error" in look())
    with database.read() as tx:
        (broken,) = volumes.volumes_in(tx, VolumeStatus.ERROR)
    assert broken.status_reason == "the image's file is damaged (image-damaged)"


def test_a_filled_volume_is_not_filled_again(
    filler: Filler, database: Database, creating: list[Volume], directory: Path, image: OneImage
) -> None:
    image.failure = AssertionError("nobody asks")
    (directory / "v0").write_bytes(b"whole already")

    filler.submit(creating[0])

    look = statuses(database)
    assert eventually(lambda: "available" in look())
    assert (directory / "v0").read_bytes() == b"whole already"
