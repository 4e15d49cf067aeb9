"""Images whose bytes come later: made by whoever asks, filled by the host that has the bytes."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

import pytest

from tests.support.callers import a_caller, a_service, an_admin, an_agent
from tests.support.instances import an_instance, keep
from vmctld.domain.image import Image, ImageDescription, ImageStatus
from vmctld.domain.instance import Task, VmState
from vmctld.drivers.fake.copies import empty_qcow2
from vmctld.errors import (
    AlreadyExists,
    Conflict,
    Corrupted,
    Forbidden,
    InvalidRequest,
    NotFound,
    WrongState,
)
from vmctld.image.service import Images
from vmctld.storage.database import Database
from vmctld.storage.repositories import image_tasks

WISH = ImageDescription("snap", disk_format="qcow2", properties={"image_type": "snapshot"})


def _queued(images: Images, database: Database, *, has_task: bool = True) -> Image:
    image_id = str(uuid.uuid4())
    if has_task:
        task = Task(image_id, "createImage", "req-1", VmState.ACTIVE)
        keep(database, an_instance(vm_state=VmState.ACTIVE, task_state=None, task=task))
    return images.create_image(a_caller(), image_id, WISH)


def _fill(images: Images, image: Image, content: bytes, sha256: str = "") -> Image:
    wish = ImageDescription("", disk_format="qcow2", image_id=image.id)
    with images.begin_upload(an_agent("a"), wish) as upload:
        upload.write(content)
        return upload.finish(sha256 or hashlib.sha256(content).hexdigest())


def test_an_image_waits_for_its_bytes_and_then_has_them(
    images: Images, database: Database, store: Path
) -> None:
    queued = _queued(images, database)

    filled = _fill(images, queued, empty_qcow2())

    assert (queued.status, queued.size_bytes) == (ImageStatus.QUEUED, None)
    assert images.get_image(a_caller(), queued.id) == filled
    assert (filled.status, filled.name) == (ImageStatus.ACTIVE, "snap")
    assert filled.properties == {"image_type": "snapshot"}
    assert (store / queued.id).read_bytes() == empty_qcow2()


def test_the_same_request_finds_its_image_and_another_one_does_not(
    images: Images, database: Database
) -> None:
    queued = _queued(images, database)

    assert images.create_image(a_caller(), queued.id, WISH) == queued
    with pytest.raises(AlreadyExists) as taken:
        images.create_image(a_caller("other"), queued.id, WISH)
    assert taken.value.code == "image-exists"
    with pytest.raises(InvalidRequest):
        images.create_image(a_caller(), "no-id", WISH)


def test_only_admins_make_images_for_others(images: Images) -> None:
    image_id = str(uuid.uuid4())

    with pytest.raises(Forbidden):
        images.create_image(a_caller(), image_id, WISH, "other")

    assert images.create_image(an_admin(), image_id, WISH, "other").project_id == "other"


def test_nobody_but_a_part_of_vmctl_fills_it_and_only_for_a_task(
    images: Images, database: Database
) -> None:
    queued, nobodys = _queued(images, database), _queued(images, database, has_task=False)

    refused = (
        (a_caller(), queued, "not-for-users"),
        (an_agent("a"), nobodys, "not-your-image"),
    )
    for caller, image, code in refused:
        with pytest.raises(Forbidden) as refusal:
            images.begin_upload(caller, ImageDescription("", image_id=image.id))
        assert refusal.value.code == code
    with pytest.raises(Forbidden) as refusal:
        images.begin_upload(an_agent("a"), WISH)
    assert refusal.value.code == "not-for-services"
    with pytest.raises(NotFound):
        images.begin_upload(an_agent("a"), ImageDescription("", image_id=str(uuid.uuid4())))


def test_one_that_broke_off_or_went_bad_waits_again(
    images: Images, database: Database, store: Path
) -> None:
    queued = _queued(images, database)

    with pytest.raises(Corrupted):
        _fill(images, queued, empty_qcow2(), "0" * 64)

    assert images.get_image(a_caller(), queued.id).status is ImageStatus.QUEUED
    assert list(store.iterdir()) == []
    assert _fill(images, queued, empty_qcow2()).status is ImageStatus.ACTIVE
    with pytest.raises(WrongState) as refusal:
        _fill(images, queued, empty_qcow2())
    assert refusal.value.code == "image-not-queued"


def test_what_a_crash_left_half_filled_waits_again_if_a_task_wants_it(
    images: Images, database: Database, store: Path
) -> None:
    wanted, unwanted = _queued(images, database), _queued(images, database, has_task=False)
    images.queued.begin(an_agent("a"), wanted.id)
    (store / f"{wanted.id}.part").write_bytes(b"half")

    images.recover()

    assert images.get_image(a_caller(), wanted.id).status is ImageStatus.QUEUED
    assert list(store.iterdir()) == []
    with pytest.raises(NotFound):
        images.get_image(a_caller(), unwanted.id)


def test_one_that_is_discarded_while_its_bytes_come_is_gone(
    images: Images, database: Database, store: Path
) -> None:
    queued = _queued(images, database)
    content = empty_qcow2()

    with images.begin_upload(an_agent("a"), ImageDescription("", image_id=queued.id)) as upload:
        upload.write(content)
        images.discard_image(an_agent("a"), queued.id)
        with pytest.raises(Conflict):
            upload.finish(hashlib.sha256(content).hexdigest())

    assert list(store.iterdir()) == []


def test_an_agent_discards_only_what_it_fills(
    images: Images, database: Database, store: Path
) -> None:
    filled = _fill(images, _queued(images, database), empty_qcow2())
    others = _queued(images, database, has_task=False)

    for image in (filled, others):
        images.discard_image(an_agent("a"), image.id)
    assert [path.name for path in store.iterdir()] == []
    assert images.get_image(a_caller(), others.id) == others

    images.discard_image(a_service("conductor"), others.id)
    with pytest.raises(NotFound):
        images.get_image(a_caller(), others.id)


def test_what_nobody_is_to_fill_is_known_and_can_be_forgotten(
    images: Images, database: Database
) -> None:
    wanted, forsaken = _queued(images, database), _queued(images, database, has_task=False)

    with database.write() as tx:
        assert list(image_tasks.forsaken(tx)) == [forsaken.id]
        assert image_tasks.forget_forsaken(tx, forsaken.id)
        assert not image_tasks.forget_forsaken(tx, wanted.id)
