"""I7: a host's copies of images are of images that there are, or held by living instances."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vmctld.operations.audit.files_below import CACHE, UNFINISHED, below, files_below
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import GRACE, World
from vmctld.storage.repositories import images

HOLDS = "holds"


def stray_holds(world: World) -> Iterator[Suspect]:
    """A copy that is held in the name of no living instance: let go."""
    for hold in files_below(world.state_dir / CACHE / HOLDS):
        if world.is_gone(hold.name):
            yield Suspect(
                "hold",
                below(world, hold),
                "holds an image for no living instance",
                mend=lambda _tx, hold=hold: hold.unlink(missing_ok=True),  # type: ignore[misc]
            )


def unneeded_copies(world: World) -> Iterator[Suspect]:
    """A copy of no image that there is, and that nobody holds: removed.

    Only some time after its last hold went: hosts clear up by themselves.
    """
    wanted = images.digests(world.tx)
    for path in files_below(world.state_dir / CACHE):
        digest = path.name.partition(".")[0]
        if path.parent.name == HOLDS or path.suffix in UNFINISHED or digest in wanted:
            continue
        if _is_unneeded(world, path.with_name(digest)) and _is_unneeded(world, path):
            yield Suspect(
                "file",
                below(world, path),
                "a copy of an image that is gone, held by nobody",
                mend=lambda _tx, path=path: path.unlink(missing_ok=True),  # type: ignore[misc]
            )


def _is_unneeded(world: World, path: Path) -> bool:
    try:
        found = path.stat()
    except FileNotFoundError:
        return True
    # A hold that goes changes the file's inode, and so its ctime
    quiet_s = world.now.timestamp() - found.st_ctime
    return found.st_nlink == 1 and quiet_s > GRACE.total_seconds()
