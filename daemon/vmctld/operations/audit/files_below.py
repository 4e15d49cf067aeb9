"""The rooms of the state directory, and how the age of a file is told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from vmctld.operations.audit.world import GRACE, World

IMAGES, CACHE, VOLUMES, QEMU, FAKE = "images", "cache", "volumes", "qemu", "fake"
ROOMS = (IMAGES, CACHE, VOLUMES, QEMU, FAKE)
UNFINISHED = frozenset({".part", ".tmp"})


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
    """Return how the operator is told the path: from the state directory on."""
    return str(path.relative_to(world.state_dir))
