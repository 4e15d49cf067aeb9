"""Which instance needs which file: a hard link named by the instance.

Made and removed by one call each, never half there, and counted by the file system: a file
that has one name only is held by nobody.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path


class Holds:
    """The links in one directory.  Thread-safe but for ``release_all_but``, which is for one."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._missed: set[str] = set()
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def hold(self, instance_id: str, file: Path) -> bool:
        """Let the instance hold ``file``, and no other one; False when it is not there."""
        link = self._directory / instance_id
        try:
            os.link(file, link)
        except FileNotFoundError:
            return False
        except FileExistsError:
            if not _is_same(file, link):
                link.unlink()
                return self.hold(instance_id, file)
        return True

    def release(self, instance_id: str) -> None:
        """Let go of what the instance holds; nothing is fine."""
        (self._directory / instance_id).unlink(missing_ok=True)

    def release_all_but(self, instances: Collection[str]) -> None:
        """Let go of what others than ``instances`` hold, now and the last time this was asked.

        Twice, because one that is just being built may not be among them yet.
        """
        missed = {link.name for link in self._directory.iterdir()} - set(instances)
        for name in missed & self._missed:
            self.release(name)
        self._missed = missed


def is_held(file: Path) -> bool:
    """Return whether ``file`` is there and has more names than its own."""
    try:
        return file.stat().st_nlink > 1
    except FileNotFoundError:
        return False


def _is_same(file: Path, link: Path) -> bool:
    try:
        return file.samefile(link)
    except FileNotFoundError:
        return False
