"""What a process that died left of its uploads, cleared away by those that live.

A start clears what it finds only when it has the store alone.  Where several processes share
the store one of them may die while the others go on: whoever makes a file holds a lock on it,
which the kernel takes back when its process ends.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from vmctld.domain.clock import Clock
from vmctld.image.store import ImageStore
from vmctld.storage.database import Database
from vmctld.storage.repositories import images, unfinished_images

log = structlog.get_logger(__name__)

LEFT_AFTER = timedelta(seconds=120)  # a file is made, locked and recorded long before


class Leftovers:
    """Half-made images, and files of no image.  Any number of processes may look at once."""

    def __init__(self, database: Database, store: ImageStore, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._clock = clock

    def clear(self) -> list[str]:
        """Remove what nobody goes on with; return the ids that it was of."""
        before = self._clock() - LEFT_AFTER
        removed = {*self._forget_records(before), *self._remove_files(before)}
        if removed:
            log.warning("what ended uploads had left was removed", image_ids=sorted(removed))
        return sorted(removed)

    def _forget_records(self, before: datetime) -> list[str]:
        with self._database.read() as tx:
            found = unfinished_images.begun_before(tx, before)
        return [image_id for image_id, since in found.items() if self._forget(image_id, since)]

    def _forget(self, image_id: str, since: datetime) -> bool:
        # The unfinished file first: one who fills the image anew makes it anew.  The whole one
        # after its record, which may say by now that it is good
        if self._store.is_being_made(image_id):
            return False
        self._store.remove_part(image_id)
        now = self._clock()
        gone = self._database.run(lambda tx: unfinished_images.give_up(tx, image_id, since, now))
        if gone:
            self._store.remove(image_id)
        return gone

    def _remove_files(self, before: datetime) -> list[str]:
        """Remove files of no record; they are listed first, so that a record had its time."""
        old = self._store.unchanged_since(before)
        with self._database.read() as tx:
            known = images.ids(tx)
        removed = [image_id for image_id in old - known if not self._store.is_being_made(image_id)]
        for image_id in removed:
            self._store.remove_part(image_id)
            self._store.remove(image_id)
        return removed
