"""Clears a host's cache of the copies of images that nobody needs any more."""

from __future__ import annotations

import structlog
from sqlalchemy import select

from vmctld.domain.instance import VmState
from vmctld.host.imagecache import ImageCache
from vmctld.storage.columns import core
from vmctld.storage.database import Database
from vmctld.storage.repositories import images
from vmctld.storage.tables.compute import InstanceRow

log = structlog.get_logger(__name__)

CLEAR_EVERY_S = 60.0  # more often than the audit's grace: it finds what this leaves

_I = core(InstanceRow).c
_LIVING = select(_I.id).where(_I.vm_state != VmState.DELETED.value)


def clear_copies(database: Database, cache: ImageCache) -> list[str]:
    """Remove copies of images that are gone and that no living instance holds.

    Returns the names of what went.
    """
    with database.read() as tx:
        living = set(tx.execute(_LIVING).scalars())
        digests = images.digests(tx)
    try:
        removed = cache.collect(living, digests)
    except OSError:
        log.warning("the cache of images could not be cleared", exc_info=True)
        return []
    if removed:
        log.info("copies of deleted images removed", files=removed)
    return removed
