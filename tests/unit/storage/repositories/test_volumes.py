"""Volumes in the database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.clock import NOON
from tests.support.volumes import a_volume
from vmctld.domain.paging import Page
from vmctld.domain.volume import COMES_FROM, AttachmentRequest, VolumeStatus
from vmctld.storage.database import Database
from vmctld.storage.repositories import attachments, volumes


def test_a_volume_comes_back_with_its_attachment(database: Database) -> None:
    with database.write() as tx:
        volumes.insert_volume(tx, a_volume())
        assert volumes.get_volume(tx, "v1") == a_volume()
        attachments.insert_attachment(tx, AttachmentRequest("a1", "v1"), "i1", NOON)

        attached = replace(a_volume(), attachment_id="a1", instance_id="i1")
        assert volumes.get_volume(tx, "v1") == attached
        assert volumes.volumes_named(tx, "v1", "demo", any_owner=False) == [attached]
        assert volumes.list_volumes(tx, "demo", Page()) == [attached]
        assert volumes.get_volume(tx, "v9") is None


def test_a_project_has_its_own(database: Database) -> None:
    with database.write() as tx:
        volumes.insert_volume(tx, a_volume("v1"))
        volumes.insert_volume(tx, a_volume("v2", project="other"))

        assert volumes.volumes_named(tx, "v2", "demo", any_owner=True) == []
        assert [v.id for v in volumes.list_volumes(tx, "demo", Page())] == ["v1"]
        assert [v.id for v in volumes.list_volumes(tx, None, Page())] == ["v1", "v2"]


@pytest.mark.parametrize("to", list(COMES_FROM))
@pytest.mark.parametrize("source", list(VolumeStatus))
def test_only_legal_moves_are_made(
    database: Database, source: VolumeStatus, to: VolumeStatus
) -> None:
    with database.write() as tx:
        volumes.insert_volume(tx, a_volume(status=source))

        moved = volumes.move_volume(tx, "v1", to, NOON)

        found = volumes.get_volume(tx, "v1")
        assert found is not None
        assert moved == (source in COMES_FROM[to])
        assert found.status is (to if moved else source)


def test_volumes_in_a_state_are_found_and_one_is_forgotten(database: Database) -> None:
    with database.write() as tx:
        volumes.insert_volume(tx, a_volume("v1", status=VolumeStatus.CREATING))
        volumes.insert_volume(tx, a_volume("v2"))
        assert [v.id for v in volumes.volumes_in(tx, VolumeStatus.CREATING)] == ["v1"]

        for _ in range(2):  # absent is fine
            volumes.delete_volume(tx, "v1")

        assert [v.id for v in volumes.list_volumes(tx, None, Page())] == ["v2"]
