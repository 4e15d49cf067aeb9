"""Images whose bytes have stopped coming, on each database."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from tests.support.clock import NOON
from tests.support.instances import an_instance, keep
from vmctld.domain.image import Image, ImageStatus, Visibility
from vmctld.storage.columns import core
from vmctld.storage.database import Database
from vmctld.storage.repositories import images
from vmctld.storage.repositories.unfinished_images import begun_before, give_up
from vmctld.storage.tables.compute import InstanceRow

LATER = NOON + timedelta(minutes=5)


def _keep(database: Database, image_id: str, status: ImageStatus = ImageStatus.SAVING) -> None:
    image = Image(
        id=image_id,
        name=image_id,
        project_id="demo",
        status=status,
        disk_format=None,
        size_bytes=None,
        virtual_size_bytes=None,
        sha256=None,
        min_disk_gib=0,
        min_ram_mib=0,
        visibility=Visibility.PRIVATE,
        protected=False,
        properties={},
        created_at=NOON,
        updated_at=NOON,
    )
    with database.write() as tx:
        images.add(tx, image)


def test_only_what_is_being_saved_for_long_is_found(database: Database) -> None:
    _keep(database, "half")
    _keep(database, "whole", ImageStatus.ACTIVE)

    with database.read() as tx:
        assert begun_before(tx, LATER) == {"half": NOON}
        assert begun_before(tx, NOON) == {}


def test_what_has_changed_since_it_was_found_is_kept(database: Database) -> None:
    _keep(database, "half")

    with database.write() as tx:
        assert not give_up(tx, "half", LATER, LATER)
        assert images.get(tx, "half").status is ImageStatus.SAVING
        assert give_up(tx, "half", NOON, LATER)
        assert images.ids(tx) == set()


def test_what_a_task_is_to_fill_waits_again(database: Database) -> None:
    _keep(database, "half")
    keep(database, an_instance())

    with database.write() as tx:
        tx.execute(update(core(InstanceRow)).values(task_id="half"))
        assert not give_up(tx, "half", NOON, LATER)
        assert images.get(tx, "half").status is ImageStatus.QUEUED
