"""The instance's own disk: a thin overlay, so that a machine costs no copy of its image."""

from __future__ import annotations

from pathlib import Path

from vmctld.domain.machine import RootDisk
from vmctld.drivers.qemu.making import FileRecipe


def overlay_recipe(qemu_img: Path, disk: RootDisk, path: Path) -> FileRecipe:
    """Return how to make an empty overlay at ``path`` over the disk's base.

    Formats are given, never guessed: a raw image could pose as a qcow2 that names any file of
    the host as its base.
    """
    size = [f"{disk.size_gib}G"] if disk.size_gib else []
    command = [
        str(qemu_img),
        "create",
        "-q",
        *("-f", "qcow2"),
        *("-F", disk.base_format),
        *("-b", str(disk.base_path)),
        str(FileRecipe.part_of(path)),
        *size,
    ]
    return FileRecipe(what="the instance's disk", path=path, command=command)
