"""The rooms of the state directory, and how the age of a file is told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from vmctld.operations.audit.world import GRACE, World

IMAGES, CACHE, VOLUMES, QEMU, FAKE = "images", "cache", "volumes", "qemu", "fake"
ROOMS = (IMAGES, CACHE, VOLUMES, QEMU, FAKE)
STORED = frozenset({IMAGES, VOLUMES})  # these may be elsewhere, where several processes share them
UNFINISHED = frozenset({".part", ".tmp"})


def directory_of(world: World, room: str) -> Path:
    """Return where a room is."""
    return (world.store if room in STORED else world.state_dir) / room


def files_below(directory: Path) -> Iterator[Path]:
    """Yield every file and socket below; what goes away meanwhile is left out."""
    try:
        with os.scandir(directory) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        path = directory / entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from files_below(path)
        else:
            yield path


def age_s(world: World, path: Path) -> float:
    """Return how long ago the file was last written to; 0 when it is gone."""
    try:
        return world.now.timestamp() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def is_stale(world: World, path: Path) -> bool:
    """True when nobody has written to the file for so long that nobody will."""
    return age_s(world, path) > GRACE.total_seconds()


def is_growing(world: World, path: Path) -> bool:
    """True when ``path`` is being made right now, beside its place."""
    part = path.with_name(path.name + ".part")
    return part.exists() and not is_stale(world, part)


def below(world: World, path: Path) -> str:
    """Return how the operator is told the path: from the state directory on, or the store's."""
    is_stored = path.is_relative_to(world.store)
    return str(path.relative_to(world.store if is_stored else world.state_dir))
