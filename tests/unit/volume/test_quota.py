"""How many volumes, snapshots and gigabytes a project may have."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.callers import a_caller
from tests.support.clock import FakeClock
from tests.support.images import OneImage
from tests.support.volumes import NoLimits
from vmctld.domain.paging import Page
from vmctld.domain.volume import VolumeDraft
from vmctld.errors import QuotaExceeded
from vmctld.storage.database import Database
from vmctld.volume.service import VolumeService


@pytest.fixture
def limits() -> NoLimits:
    return NoLimits(volumes=2, gigabytes=4, snapshots=1)


@pytest.fixture
def service(
    database: Database, directory: Path, image: OneImage, limits: NoLimits
) -> Iterator[VolumeService]:
    service = VolumeService(database, FakeClock(), directory, image, image, limits)
    yield service
    service.close()


def test_what_is_over_a_quota_is_refused_in_cinders_words(service: VolumeService) -> None:
    service.volumes.create_volume(a_caller(), VolumeDraft(2, name="data"))

    with pytest.raises(QuotaExceeded) as refusal:
        service.volumes.create_volume(a_caller(), VolumeDraft(3))

    assert refusal.value.message == (
        "Quota exceeded for gigabytes: Requested 3, but already used 2 of 4 gigabytes"
    )
    service.volumes.create_volume(a_caller("other"), VolumeDraft(3))
    with pytest.raises(QuotaExceeded):
        service.growth.extend(a_caller(), "data", 5)


def test_snapshots_count_with_their_gigabytes(service: VolumeService) -> None:
    service.volumes.create_volume(a_caller(), VolumeDraft(2, name="data"))
    service.snapshots.create(a_caller(), "data")

    with pytest.raises(QuotaExceeded):
        service.volumes.create_volume(a_caller(), VolumeDraft(1))


def test_volumes_made_at_the_same_time_never_pass_the_quota(service: VolumeService) -> None:
    def make(_number: int) -> bool:
        try:
            service.volumes.create_volume(a_caller(), VolumeDraft(1))
        except QuotaExceeded:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(make, range(6)))

    assert made.count(True) == 2
    assert len(service.volumes.list_volumes(a_caller(), Page())) == 2


def test_a_negative_limit_is_none(service: VolumeService, limits: NoLimits) -> None:
    limits.limits = {"volumes": -1, "gigabytes": -1}

    for _ in range(3):
        service.volumes.create_volume(a_caller(), VolumeDraft(3))
