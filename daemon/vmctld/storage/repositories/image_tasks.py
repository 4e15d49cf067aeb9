"""Images and the tasks that fill them: an image that is being made has the task's id."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update

from vmctld.domain.image import Image, ImageStatus
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.repositories.images import image_of
from vmctld.storage.tables.compute import InstanceRow
from vmctld.storage.tables.image import ImageRow

_IMAGES = core(ImageRow)
_TASK = core(InstanceRow).c.task_id
_TASKS = select(_TASK).where(_TASK.is_not(None))
_QUEUED = _IMAGES.c.status == ImageStatus.QUEUED.value
_OF_NO_TASK = _IMAGES.c.id.not_in(_TASKS)
_UNFINISHED = _IMAGES.c.status != ImageStatus.ACTIVE.value


def has_task(tx: Tx, image_id: str) -> bool:
    """True while a task of an instance is to fill the image."""
    return tx.execute(select(_TASK).where(_TASK.in_((image_id,)))).first() is not None


def settle_unfinished(tx: Tx) -> None:
    """Forget the images whose bytes never came whole; those of a task wait for them again."""
    tx.execute(delete(_IMAGES).where(_UNFINISHED, _OF_NO_TASK))
    tx.execute(update(_IMAGES).where(_UNFINISHED).values(status=ImageStatus.QUEUED.value))


def forsaken(tx: Tx) -> dict[str, datetime]:
    """Return when each image was last changed that waits for bytes which nobody is to bring."""
    query = select(_IMAGES.c.id, _IMAGES.c.updated_at).where(_QUEUED, _OF_NO_TASK)
    return {row.id: row.updated_at for row in tx.execute(query)}


def forget_forsaken(tx: Tx, image_id: str) -> bool:
    """Forget such an image; False when it has gone, or is somebody's after all."""
    gone = delete(_IMAGES).where(_IMAGES.c.id == image_id, _QUEUED, _OF_NO_TASK)
    return tx.execute(gone).rowcount == 1


def backups(tx: Tx, project_id: str, instance_id: str, backup_type: str) -> list[Image]:
    """Return the finished backups of one type of an instance, the newest first."""
    query = (
        select(_IMAGES)
        .where(_IMAGES.c.project_id == project_id, ~_UNFINISHED)
        .order_by(_IMAGES.c.created_at.desc(), _IMAGES.c.id)
    )
    wanted = {"image_type": "backup", "backup_type": backup_type, "instance_uuid": instance_id}
    found = (image_of(row) for row in tx.execute(query))
    return [image for image in found if wanted.items() <= image.properties.items()]
