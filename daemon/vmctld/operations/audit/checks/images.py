"""I9: an image that is ACTIVE has its file, whole; none is on its way for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from sqlalchemy import select

from vmctld.domain.image import ImageStatus
from vmctld.operations.audit.files_below import IMAGES, is_growing
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import World
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.repositories import images
from vmctld.storage.tables.image import ImageRow

_IMAGES = core(ImageRow)
_UNDER_WAY = (ImageStatus.QUEUED.value, ImageStatus.SAVING.value)


def damaged_images(world: World) -> Iterator[Suspect]:
    """An ACTIVE image whose file is gone or another one: nobody can bring its bytes back."""
    directory = world.store / IMAGES
    if not directory.is_dir():
        return  # they are kept elsewhere
    active = _IMAGES.c.status == ImageStatus.ACTIVE.value
    for row in world.tx.execute(select(_IMAGES).where(active)):
        path = directory / row.id
        why = _why_damaged(path, row.size_bytes, row.sha256 if world.deep else None)
        if why:
            yield Suspect("image", row.id, why)


def overdue_images(world: World) -> Iterator[Suspect]:
    """An image whose bytes have stopped coming: removed, as at a restart."""
    for row in world.tx.execute(select(_IMAGES).where(_IMAGES.c.status.in_(_UNDER_WAY))):
        path = world.store / IMAGES / row.id
        if world.is_old(row.updated_at) and not is_growing(world, path):
            minutes = (world.now - row.updated_at).total_seconds() / 60
            yield Suspect(
                "image-state",
                row.id,
                f"{row.status} for {minutes:.0f} minutes, and no bytes come",
                mend=partial(_remove, path),
            )


def _why_damaged(path: Path, size_bytes: int | None, sha256: str | None) -> str:
    try:
        found_bytes = path.stat().st_size
        if found_bytes != size_bytes:
            return f"its file has {found_bytes} bytes, its record says {size_bytes}"
        if sha256 is None:
            return ""
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return "its file is not there"
    return "" if found == sha256 else f"its file has SHA-256 {found}, its record says {sha256}"


def _remove(path: Path, tx: Tx) -> None:
    images.remove(tx, path.name)
    path.with_name(path.name + ".part").unlink(missing_ok=True)
    path.unlink(missing_ok=True)
