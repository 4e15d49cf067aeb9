"""Copies of images are cleared when their image and their last guest are gone."""

from __future__ import annotations

from pathlib import Path

from structlog.testing import capture_logs
from vmctld.host.imagecache import ImageCache
from vmctld.operations.copies import clear_copies
from vmctld.operations.installation import Installation

from tests.support.living import SHA256


def cache_of(installation: Installation) -> Path:
    return installation.state_dir / "cache"


def test_a_copy_stays_while_its_image_is_there(installation: Installation) -> None:
    with installation.database.write() as tx:
        tx.exec_driver_sql("UPDATE instances SET vm_state = 'deleted'")
    cache = ImageCache(cache_of(installation))

    assert [clear_copies(installation.database, cache) for _ in range(3)] == [[], [], []]
    assert [*(cache_of(installation) / "holds").iterdir()] == []


def test_a_copy_stays_while_a_guest_runs_on_it(installation: Installation) -> None:
    with installation.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM images")
    cache = ImageCache(cache_of(installation))

    assert [clear_copies(installation.database, cache) for _ in range(3)] == [[], [], []]
    assert (cache_of(installation) / SHA256).exists()


def test_a_copy_goes_when_neither_is_there_any_more(installation: Installation) -> None:
    with installation.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM images")
        tx.exec_driver_sql("UPDATE instances SET vm_state = 'deleted'")
    cache = ImageCache(cache_of(installation))

    removed = [clear_copies(installation.database, cache) for _ in range(2)]

    assert removed == [[], [SHA256, f"{SHA256}.verified"]]  # at the second look it is certain


def test_a_disk_that_refuses_is_told_and_asked_again_later(
    installation: Installation, tmp_path: Path
) -> None:
    cache = ImageCache(tmp_path / "cache")
    (tmp_path / "cache" / "holds").rmdir()

    with capture_logs() as logs:
        assert clear_copies(installation.database, cache) == []

    assert [line["event"] for line in logs] == ["the cache of images could not be cleared"]
