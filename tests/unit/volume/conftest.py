"""A volume service over a fresh database, a directory and an image service of one image."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.callers import a_caller
from tests.support.clock import FakeClock
from tests.support.database import a_database
from tests.support.images import OneImage
from tests.support.volumes import NoLimits
from tests.support.waiting import eventually
from vmctld.domain.volume import Volume, VolumeStatus
from vmctld.storage.database import Database
from vmctld.volume.service import VolumeService

StartService = Callable[[], VolumeService]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = a_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "volumes"


@pytest.fixture
def image(tmp_path: Path) -> OneImage:
    """An image of 2 MiB that begins with words of its own."""
    raw, path = tmp_path / "image.raw", tmp_path / "image.qcow2"
    raw.write_bytes(b"first words" + bytes(2 * 1024**2 - 11))
    subprocess.run(
        ["qemu-img", "convert", "-f", "raw", "-O", "qcow2", str(raw), str(path)], check=True
    )
    return OneImage(path, virtual_size_bytes=2 * 1024**2)


@pytest.fixture
def start_service(database: Database, directory: Path, image: OneImage) -> Iterator[StartService]:
    """Start a volume service as a new daemon would; ended with the test."""
    started: list[VolumeService] = []

    def start() -> VolumeService:
        service = VolumeService(database, FakeClock(), directory, image, image, NoLimits())
        started.append(service)
        return service

    yield start
    for service in started:
        service.close()


@pytest.fixture
def service(start_service: StartService) -> VolumeService:
    return start_service()


@pytest.fixture
def settled(service: VolumeService) -> Callable[[Volume], Volume]:
    """Wait until a volume is no longer being made, and return it."""

    def wait(volume: Volume) -> Volume:
        def now() -> Volume:
            return service.volumes.get_volume(a_caller(), volume.id)

        assert eventually(lambda: now().status is not VolumeStatus.CREATING)
        return now()

    return wait
