"""Images: who sees which, by what name, and what may be changed and deleted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.callers import a_build, a_caller, an_admin
from tests.support.clock import NOON, FakeClock
from tests.support.disks import Qcow2, a_raw_disk
from tests.unit.image.conftest import UploadImage
from vmctld.domain.identity import Role
from vmctld.domain.image import DiskFormat, ImageChanges, ImageDescription, Visibility
from vmctld.domain.paging import Page
from vmctld.errors import (
    Conflict,
    Corrupted,
    Exhausted,
    Forbidden,
    InvalidRequest,
    NotFound,
    WrongState,
)
from vmctld.image.service import Images

CONTENT = bytes(Qcow2())
STRANGER = a_caller("elsewhere", user="eve")


@pytest.mark.parametrize(
    "described",
    [
        {"name": ""},
        {"name": "-rf"},
        {"disk_format": "vmdk"},
        {"visibility": "shared"},
        {"min_disk_gib": -1},
        {"min_ram_mib": -1},
        {"properties": {"": "x"}},
        {"size_bytes": 0},
        {"size_bytes": -5},
    ],
)
def test_a_bad_description_is_refused_before_a_byte_is_taken(
    images: Images, store: Path, described: dict[str, object]
) -> None:
    description = replace(ImageDescription("tiny"), **described)

    with pytest.raises(InvalidRequest):
        images.begin_upload(a_caller(), description)

    assert list(store.iterdir()) == []
    assert images.list_images(an_admin(), Page()) == []


@pytest.mark.parametrize(
    ("size_bytes", "code"), [(1 << 45, "image-too-large"), ((1 << 41) - 1, "disk-full")]
)
def test_what_has_no_room_is_refused_before_a_byte_is_taken(
    images: Images, store: Path, size_bytes: int, code: str
) -> None:
    with pytest.raises(Exhausted) as refusal:
        images.begin_upload(a_caller(), ImageDescription("tiny", size_bytes=size_bytes))

    assert refusal.value.code == code
    assert list(store.iterdir()) == []


def test_an_image_is_what_its_description_says(images: Images, upload: UploadImage) -> None:
    image = upload(
        a_raw_disk(),
        an_admin(),
        name=" disk ",
        disk_format="raw",
        min_disk_gib=1,
        min_ram_mib=96,
        visibility="public",
        protected=True,
        properties={"os": "linux"},
        size_bytes=1024**2,
    )

    assert (image.name, image.disk_format) == ("disk", DiskFormat.RAW)
    assert (image.min_disk_gib, image.min_ram_mib) == (1, 96)
    assert (image.visibility, image.protected) == (Visibility.PUBLIC, True)
    assert image.properties == {"os": "linux"}
    assert image.created_at == NOON


def test_others_see_public_images_alone(images: Images, upload: UploadImage) -> None:
    upload(CONTENT, name="mine")
    public = upload(CONTENT, an_admin(), name="for all", visibility="public")

    assert images.list_images(STRANGER, Page()) == [public]
    assert images.get_image(STRANGER, "for all") == public
    with pytest.raises(NotFound) as refusal:
        images.get_image(STRANGER, "mine")
    assert refusal.value.code == "image-not-found"
    assert len(images.list_images(an_admin(), Page())) == 2


def test_an_image_is_found_by_id_in_any_form_and_by_name(
    images: Images, upload: UploadImage
) -> None:
    image = upload(CONTENT, name="tiny")

    assert images.get_image(a_caller(), image.id.replace("-", "").upper()) == image
    assert images.get_image(a_caller(), " tiny ") == image


def test_an_ambiguous_name_lists_its_matches(images: Images, upload: UploadImage) -> None:
    ids = [upload(CONTENT, name="tiny").id for _ in range(2)]

    with pytest.raises(Conflict) as refusal:
        images.get_image(a_caller(), "tiny")

    assert refusal.value.code == "ambiguous-name"
    matches = refusal.value.facts["matches"]
    assert {match["id"] for match in matches} == set(ids)  # type: ignore[union-attr,index]


def test_an_image_of_others_makes_no_name_ambiguous(images: Images, upload: UploadImage) -> None:
    upload(CONTENT, STRANGER, name="tiny")
    mine = upload(CONTENT, name="tiny")

    assert images.get_image(a_caller(), "tiny") == mine


def test_the_list_is_sorted_by_name_then_by_time_and_comes_in_pages(
    images: Images, upload: UploadImage, clock: FakeClock
) -> None:
    for name in ("b", "a", "b"):
        clock.advance(1)
        upload(CONTENT, name=name)

    first = images.list_images(a_caller(), Page(limit=2))
    rest = images.list_images(a_caller(), Page(limit=2, marker=first[-1].id))

    assert [image.name for image in first + rest] == ["a", "b", "b"]
    assert first[1].created_at < rest[0].created_at
    assert len(images.list_images(a_caller(), Page(), name="b")) == 2


def test_a_download_begins_where_it_is_told_to(images: Images, upload: UploadImage) -> None:
    image = upload(CONTENT)

    whole = images.download(a_caller(), "tiny")
    end = images.download(a_caller(), image.id, offset_bytes=len(CONTENT) - 3)
    nothing = images.download(a_caller(), image.id, offset_bytes=len(CONTENT))

    assert b"".join(whole.chunks) == CONTENT
    assert b"".join(end.chunks) == CONTENT[-3:]
    assert list(nothing.chunks) == []


@pytest.mark.parametrize("offset_bytes", [-1, len(CONTENT) + 1])
def test_nothing_begins_outside_of_the_image(
    images: Images, upload: UploadImage, offset_bytes: int
) -> None:
    upload(CONTENT)

    with pytest.raises(InvalidRequest) as refusal:
        images.download(a_caller(), "tiny", offset_bytes)

    assert refusal.value.code == "invalid-offset"


def test_a_file_that_lost_its_end_is_not_handed_out(
    images: Images, store: Path, upload: UploadImage
) -> None:
    image = upload(CONTENT)
    (store / image.id).write_bytes(CONTENT[:-1])

    with pytest.raises(Corrupted):
        list(images.download(a_caller(), "tiny").chunks)


def test_a_build_finds_its_users_images_and_public_ones_by_id(
    images: Images, store: Path, upload: UploadImage
) -> None:
    mine = upload(CONTENT)
    others = upload(CONTENT, STRANGER)

    assert images.locate_image(a_build("i"), mine.id) == (mine, store / mine.id)
    with pytest.raises(NotFound):
        images.locate_image(a_build("i"), others.id)


def test_an_image_that_is_still_coming_is_not_booted_from(images: Images) -> None:
    with images.begin_upload(a_caller(), ImageDescription("tiny")):
        image_id = images.get_image(a_caller(), "tiny").id

        with pytest.raises(WrongState) as locating:
            images.locate_image(a_build("i"), image_id)
        with pytest.raises(WrongState) as downloading:
            images.download(a_caller(), image_id)

    assert locating.value.code == downloading.value.code == "image-not-active"


def test_every_property_can_be_changed(
    images: Images, upload: UploadImage, clock: FakeClock
) -> None:
    image = upload(CONTENT, properties={"os": "linux", "arch": "x86_64"})
    clock.advance(60)
    changes = ImageChanges(
        name="small",
        min_disk_gib=2,
        min_ram_mib=64,
        visibility="public",
        protected=True,
        set_properties={"os": "bsd", "new": "1"},
        unset_properties=("arch", "absent"),
    )

    changed = images.update_image(an_admin(), "tiny", changes)

    assert (changed.name, changed.min_disk_gib, changed.min_ram_mib) == ("small", 2, 64)
    assert (changed.visibility, changed.protected) == (Visibility.PUBLIC, True)
    assert changed.properties == {"os": "bsd", "new": "1"}
    assert changed.created_at == image.created_at
    assert changed.updated_at == clock.now
    assert images.get_image(a_caller(), "small") == changed


def test_changing_nothing_changes_nothing(
    images: Images, upload: UploadImage, clock: FakeClock
) -> None:
    image = upload(CONTENT)
    clock.advance(60)

    assert images.update_image(a_caller(), "tiny", ImageChanges()) == image


def test_a_member_does_not_make_an_image_public(images: Images, upload: UploadImage) -> None:
    upload(CONTENT)

    with pytest.raises(Forbidden) as refusal:
        images.update_image(a_caller(), "tiny", ImageChanges(visibility="public"))

    assert refusal.value.code == "public-needs-admin"


def test_a_public_image_is_seen_by_all_and_touched_by_its_owner(
    images: Images, upload: UploadImage
) -> None:
    upload(CONTENT, an_admin(), visibility="public")

    with pytest.raises(Forbidden):
        images.update_image(STRANGER, "tiny", ImageChanges(name="mine"))
    with pytest.raises(Forbidden):
        images.delete_image(STRANGER, "tiny")


def test_a_deleted_image_leaves_nothing(images: Images, store: Path, upload: UploadImage) -> None:
    upload(CONTENT)

    images.delete_image(a_caller(), "tiny")

    assert list(store.iterdir()) == []
    with pytest.raises(NotFound):
        images.delete_image(a_caller(), "tiny")


def test_a_protected_image_stays_until_it_is_released(images: Images, upload: UploadImage) -> None:
    upload(CONTENT, protected=True)

    with pytest.raises(WrongState) as refusal:
        images.delete_image(an_admin(), "tiny")
    assert refusal.value.code == "image-protected"

    images.update_image(a_caller(), "tiny", ImageChanges(protected=False))
    images.delete_image(a_caller(), "tiny")


def test_a_reader_of_the_project_sees_its_images(images: Images, upload: UploadImage) -> None:
    image = upload(CONTENT)

    assert images.get_image(a_caller(role=Role.READER, user="ron"), "tiny") == image
