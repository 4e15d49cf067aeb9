"""I7: no file of no image or volume, and none half made, in the state directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from vmctld.operations.audit.files_below import (
    IMAGES,
    ROOMS,
    UNFINISHED,
    VOLUMES,
    age_s,
    below,
    directory_of,
    files_below,
    is_stale,
)
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import World
from vmctld.storage.columns import core
from vmctld.storage.tables.image import ImageRow
from vmctld.storage.tables.volume import VolumeRow, VolumeSnapshotRow

_OWNERS = {
    IMAGES: ("image", (core(ImageRow).c.id,)),
    VOLUMES: ("volume", (core(VolumeRow).c.id, core(VolumeSnapshotRow).c.id)),
}


def half_made_files(world: World) -> Iterator[Suspect]:
    """A file that was being made and that nobody goes on with: removed."""
    for room in ROOMS:
        for path in files_below(directory_of(world, room)):
            if path.suffix in UNFINISHED and is_stale(world, path):
                minutes = age_s(world, path) / 60
                yield stray_file(world, path, f"half made, untouched for {minutes:.0f} minutes")


def files_of_no_record(world: World) -> Iterator[Suspect]:
    """A file of an image or a volume that is not recorded: removed."""
    for room, (noun, columns) in _OWNERS.items():
        known = {one for column in columns for one in world.tx.execute(select(column)).scalars()}
        for path in files_below(directory_of(world, room)):
            if path.suffix not in UNFINISHED and path.name not in known:
                yield stray_file(world, path, f"of no {noun} that is recorded")


def stray_file(world: World, path: Path, why: str) -> Suspect:
    """Return the suspect for a file that shall go."""
    return Suspect("file", below(world, path), why, mend=lambda _tx: path.unlink(missing_ok=True))
