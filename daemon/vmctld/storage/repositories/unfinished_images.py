"""Images whose bytes have stopped coming: found by their age, given up one by one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update

from vmctld.domain.image import ImageStatus
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.tables.compute import InstanceRow
from vmctld.storage.tables.image import ImageRow

_IMAGES = core(ImageRow)
_TASK = core(InstanceRow).c.task_id
_SAVING = _IMAGES.c.status == ImageStatus.SAVING.value


def begun_before(tx: Tx, moment: datetime) -> dict[str, datetime]:
    """Return the images that are being saved since before ``moment``: since when, by id."""
    query = select(_IMAGES.c.id, _IMAGES.c.updated_at).where(_SAVING, _IMAGES.c.updated_at < moment)
    return {row.id: row.updated_at for row in tx.execute(query)}


def give_up(tx: Tx, image_id: str, since: datetime, now: datetime) -> bool:
    """Forget an image that is being saved since then; False when it is kept.

    One that a task of an instance is to fill waits for its bytes again.
    """
    it = (_IMAGES.c.id == image_id, _SAVING, _IMAGES.c.updated_at == since)
    of_a_task = _IMAGES.c.id.in_(select(_TASK).where(_TASK.is_not(None)))
    if tx.execute(delete(_IMAGES).where(*it, ~of_a_task)).rowcount == 1:
        return True
    values = {"status": ImageStatus.QUEUED.value, "updated_at": now}
    tx.execute(update(_IMAGES).where(*it).values(values))
    return False
