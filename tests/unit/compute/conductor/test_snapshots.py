"""What follows a snapshot: too many backups go, and what is shown while its bytes leave."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

from tests.support.clock import NOON
from tests.support.cloud import TINY
from tests.unit.compute.conductor.parts import Parts
from vmctld.compute import messages as m
from vmctld.compute.conductor.snapshots import shown_during
from vmctld.domain.image import Image, ImageStatus
from vmctld.domain.instance import TaskState
from vmctld.storage.repositories import images

INSTANCE = str(uuid.uuid4())


def _keep(parts: Parts, hour: int, **changes: object) -> Image:
    properties = {"image_type": "backup", "backup_type": "daily", "instance_uuid": INSTANCE}
    made = {
        "id": str(uuid.uuid4()),
        "project_id": "demo",
        "properties": properties | dict(changes.pop("also", {})),  # type: ignore[call-overload]
        "created_at": NOON + timedelta(hours=hour),
    }
    image = replace(TINY, **(made | changes))  # type: ignore[arg-type]
    with parts.database.write() as tx:
        images.add(tx, image)
    return image


def _rotate(parts: Parts, rotation: int) -> list[str]:
    message = m.RotateBackups(INSTANCE, "demo", "daily", rotation)
    parts.say(message, sender="conductor")
    return parts.services.done


def test_the_oldest_backups_go_and_as_many_as_wanted_stay(parts: Parts) -> None:
    kept = [_keep(parts, hour) for hour in range(4)]

    assert _rotate(parts, 2) == [f"image {kept[1].id}", f"image {kept[0].id}"]


def test_no_rotation_keeps_none(parts: Parts) -> None:
    only = _keep(parts, 1)

    assert _rotate(parts, 0) == [f"image {only.id}"]


def test_what_is_no_such_backup_stays(parts: Parts) -> None:
    _keep(parts, 1, also={"backup_type": "weekly"})
    _keep(parts, 2, also={"image_type": "snapshot"})
    _keep(parts, 3, also={"instance_uuid": str(uuid.uuid4())})
    _keep(parts, 4, project_id="other")
    _keep(parts, 5, status=ImageStatus.QUEUED)
    _keep(parts, 6, protected=True)

    assert _rotate(parts, 0) == []


def test_the_bytes_that_leave_are_shown_in_novas_words() -> None:
    sending = [m.ActionRecord("copy-disk", "done"), m.ActionRecord("upload-image", "running")]

    assert shown_during(TaskState.IMAGE_SNAPSHOT, sending) is TaskState.IMAGE_UPLOADING
    assert shown_during(TaskState.SHELVING, sending) is TaskState.SHELVING_IMAGE_UPLOADING
    assert shown_during(TaskState.IMAGE_BACKUP, sending) is None
    assert shown_during(TaskState.IMAGE_SNAPSHOT, sending[:1]) is None
