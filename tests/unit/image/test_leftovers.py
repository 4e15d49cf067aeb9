"""What ended uploads left goes; what is being made stays."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.callers import a_caller
from tests.support.clock import NOON, FakeClock
from tests.support.instances import an_instance, keep
from vmctld.domain.image import ImageDescription, ImageStatus
from vmctld.image.leftovers import LEFT_AFTER
from vmctld.image.service import Images
from vmctld.storage.database import Database
from vmctld.storage.repositories import images as records

LONG_AGO = (NOON - timedelta(days=1)).timestamp()


@pytest.fixture
def left(images: Images, store: Path, clock: FakeClock) -> str:
    """The id of an image whose process ended amid its upload, long ago."""
    upload = images.begin_upload(a_caller(), ImageDescription(name="half"))
    upload.write(b"first bytes")
    upload._file.finish()
    upload._file.release()  # as the kernel does when a process ends
    (image_id,) = _listed(images)
    os.utime(store / f"{image_id}.part", (LONG_AGO, LONG_AGO))
    clock.advance(LEFT_AFTER.total_seconds() + 1)
    return image_id


def _listed(images: Images) -> list[str]:
    with images._database.read() as tx:
        return sorted(records.ids(tx))


def test_what_an_ended_upload_left_goes(images: Images, store: Path, left: str) -> None:
    removed = images.leftovers.clear()

    assert removed == [left]
    assert _listed(images) == []
    assert list(store.iterdir()) == []
    assert images.leftovers.clear() == []


def test_what_is_whole_and_was_not_recorded_as_such_goes_too(
    images: Images, store: Path, left: str
) -> None:
    (store / f"{left}.part").rename(store / left)

    assert images.leftovers.clear() == [left]
    assert list(store.iterdir()) == []


def test_an_upload_that_goes_on_is_left_alone_however_long_it_takes(
    images: Images, store: Path, clock: FakeClock
) -> None:
    with images.begin_upload(a_caller(), ImageDescription(name="slow")) as upload:
        upload.write(b"first bytes")
        (image_id,) = _listed(images)
        os.utime(store / f"{image_id}.part", (LONG_AGO, LONG_AGO))
        clock.advance(7200)

        assert images.leftovers.clear() == []

        assert _listed(images) == [image_id]
        upload._file.finish()
        upload._file.keep()  # in its place, and not recorded as active yet
        os.utime(store / image_id, (LONG_AGO, LONG_AGO))
        assert images.leftovers.clear() == []
        assert (store / image_id).exists()


def test_what_has_just_begun_is_left_alone(images: Images, left: str, clock: FakeClock) -> None:
    clock.advance(-LEFT_AFTER.total_seconds())

    assert images.leftovers.clear() == []
    assert _listed(images) == [left]


def test_a_file_of_no_record_goes_and_an_active_images_file_stays(
    images: Images, store: Path, left: str, database: Database
) -> None:
    stray = str(uuid.uuid4())
    (store / stray).write_bytes(b"of a deleted image")
    os.utime(store / stray, (LONG_AGO, LONG_AGO))
    (store / f"{left}.part").rename(store / left)
    with database.write() as tx:
        records.change(tx, left, {"status": ImageStatus.ACTIVE.value}, NOON)

    assert images.leftovers.clear() == [stray]
    assert [path.name for path in store.iterdir()] == [left]


def test_an_image_that_a_task_is_to_fill_waits_for_its_bytes_again(
    images: Images, store: Path, left: str, database: Database
) -> None:
    server = an_instance()
    keep(database, server)
    with database.write() as tx:
        tx.exec_driver_sql("UPDATE instances SET task_id = ?", (left,))

    assert images.leftovers.clear() == []

    with database.read() as tx:
        assert records.get(tx, left).status is ImageStatus.QUEUED
    assert list(store.iterdir()) == []


def test_a_process_that_is_killed_lets_go_of_its_file(images: Images, store: Path) -> None:
    begin = "import sys; from pathlib import Path; from vmctld.image.store import ImageStore\n"
    begin += "file = ImageStore(Path(sys.argv[1])).begin('one'); print('begun', flush=True)\n"
    begin += "sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", begin, store], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as maker:
        assert maker.stdout is not None
        maker.stdout.readline()
        held = images._store.is_being_made("one")
        maker.kill()
        maker.wait(20)

    assert held
    assert not images._store.is_being_made("one")
