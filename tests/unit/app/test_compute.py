"""Copies of images are cleared when their image and their last guest are gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.support.living import SHA256, a_living_installation
from tests.support.recording_bus import RecordingBus
from vmctld.app.compute import clear_copies
from vmctld.bus.base import Delivery
from vmctld.compute import messages as m
from vmctld.compute.agent.client import ConductorClient
from vmctld.compute.conductor.copies import Copies
from vmctld.host.imagecache import ImageCache
from vmctld.operations.installation import Installation

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class _Conductor(RecordingBus):
    """Answers out of an installation's database."""

    def __init__(self, installation: Installation) -> None:
        super().__init__()
        self._copies = Copies(installation.database)

    def call(self, address: str, message: object, *, timeout_s: float) -> object:
        assert isinstance(message, m.WantedCopies)
        delivery = Delivery(message, "agent.here", "req-1", NOW, NOW, 1)
        return self._copies.wanted(message, "here", delivery)


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """One running instance owns one of everything."""
    with a_living_installation(tmp_path / "state") as installation:
        yield installation


@pytest.fixture
def conductor(installation: Installation) -> ConductorClient:
    return ConductorClient(_Conductor(installation))


def _cache_of(installation: Installation) -> Path:
    return installation.state_dir / "cache"


def test_a_copy_stays_while_its_image_is_there(
    installation: Installation, conductor: ConductorClient
) -> None:
    with installation.database.write() as tx:
        tx.exec_driver_sql("UPDATE instances SET vm_state = 'deleted'")
    cache = ImageCache(_cache_of(installation))

    assert [clear_copies(conductor, cache) for _ in range(3)] == [[], [], []]
    assert [*(_cache_of(installation) / "holds").iterdir()] == []


def test_a_copy_stays_while_a_guest_runs_on_it(
    installation: Installation, conductor: ConductorClient
) -> None:
    with installation.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM images")
    cache = ImageCache(_cache_of(installation))

    assert [clear_copies(conductor, cache) for _ in range(3)] == [[], [], []]
    assert (_cache_of(installation) / SHA256).exists()


def test_a_copy_goes_when_neither_is_there_any_more(
    installation: Installation, conductor: ConductorClient
) -> None:
    with installation.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM images")
        tx.exec_driver_sql("UPDATE instances SET vm_state = 'deleted'")
    cache = ImageCache(_cache_of(installation))

    removed = [clear_copies(conductor, cache) for _ in range(2)]

    assert removed == [[], [SHA256, f"{SHA256}.verified"]]  # at the second look it is certain


def test_a_disk_that_refuses_is_told_and_asked_again_later(
    conductor: ConductorClient, tmp_path: Path
) -> None:
    cache = ImageCache(tmp_path / "cache")
    (tmp_path / "cache" / "holds").rmdir()

    with capture_logs() as logs:
        assert clear_copies(conductor, cache) == []

    assert [line["event"] for line in logs] == ["the cache of images could not be cleared"]
