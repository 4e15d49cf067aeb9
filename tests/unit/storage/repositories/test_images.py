"""Images in the database."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.clock import NOON
from tests.support.filled import filled
from vmctld.domain.image import Image, ImageStatus, Visibility
from vmctld.domain.paging import Page
from vmctld.errors import Conflict, NotFound
from vmctld.storage.database import Database
from vmctld.storage.repositories import images


def an_image(**changes: object) -> Image:
    base = replace(
        filled(Image),
        id=str(uuid.uuid4()),
        project_id="demo",
        status=ImageStatus.ACTIVE,
        visibility=Visibility.PRIVATE,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def kept(database: Database, **changes: object) -> Image:
    image = an_image(**changes)
    with database.write() as tx:
        images.add(tx, image)
    return image


def test_an_image_comes_back_as_kept(database: Database) -> None:
    whole = kept(database)
    coming = kept(
        database,
        status=ImageStatus.SAVING,
        disk_format=None,
        size_bytes=None,
        virtual_size_bytes=None,
        sha256=None,
    )

    with database.read() as tx:
        assert images.get(tx, whole.id) == whole
        assert images.get(tx, coming.id) == coming
        with pytest.raises(NotFound):
            images.get(tx, "absent")


def test_a_large_image_fits_its_columns(database: Database) -> None:
    image = kept(database, size_bytes=1 << 40, virtual_size_bytes=1 << 41)

    with database.read() as tx:
        assert images.get(tx, image.id).virtual_size_bytes == 1 << 41


def test_a_name_is_looked_for_among_what_the_caller_sees(database: Database) -> None:
    mine = kept(database, name="tiny")
    kept(database, name="tiny", project_id="elsewhere")

    with database.read() as tx:
        assert images.find(tx, "tiny", a_caller()) == mine
        assert images.find(tx, mine.id.upper(), a_caller()) == mine
        with pytest.raises(Conflict):
            images.find(tx, "tiny", an_admin())
        with pytest.raises(NotFound):
            images.find(tx, mine.id, a_caller("third"))


def test_a_page_holds_what_the_caller_sees_sorted(database: Database) -> None:
    kept(database, name="b")
    kept(database, name="c", project_id="elsewhere", visibility=Visibility.PUBLIC)
    kept(database, name="a", project_id="elsewhere")

    with database.read() as tx:
        mine = images.page(tx, Page(), a_caller())
        everything = images.page(tx, Page(), an_admin())
        named = images.page(tx, Page(), an_admin(), name="a")

    assert [image.name for image in mine] == ["b", "c"]
    assert [image.name for image in everything] == ["a", "b", "c"]
    assert [image.name for image in named] == ["a"]


def test_a_change_says_whether_the_image_was_there(database: Database) -> None:
    image = kept(database)

    with database.write() as tx:
        assert images.change(tx, image.id, {"name": "new"}, NOON)
        assert not images.change(tx, "absent", {"name": "new"}, NOON)
        changed = images.get(tx, image.id)

    assert (changed.name, changed.updated_at) == ("new", NOON)


def test_an_image_is_removed_once(database: Database) -> None:
    image = kept(database)

    with database.write() as tx:
        assert images.remove(tx, image.id)
        assert not images.remove(tx, image.id)


def test_the_digests_are_those_of_images_that_have_one(database: Database) -> None:
    kept(database, sha256="a" * 64)
    kept(database, sha256="a" * 64)
    kept(database, sha256=None)

    with database.read() as tx:
        assert images.digests(tx) == {"a" * 64}
