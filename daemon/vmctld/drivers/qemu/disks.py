"""The instance's own disk: a thin overlay, so that a machine costs no copy of its image."""

from __future__ import annotations

import subprocess
from pathlib import Path

import structlog

from vmctld.domain.machine import RootDisk
from vmctld.drivers.qemu.making import LIMIT_S, FileRecipe
from vmctld.errors import HypervisorFailed
from vmctld.observe.cores import CORES

log = structlog.get_logger(__name__)


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


def whole_recipe(qemu_img: Path, image: Path, image_format: str, path: Path) -> FileRecipe:
    """Return how to make a disk at ``path`` that has all of the image and needs it no more."""
    command = [
        str(qemu_img),
        "convert",
        "-q",
        *("-f", image_format),
        *("-O", "qcow2"),
        str(image),
        str(FileRecipe.part_of(path)),
    ]
    return FileRecipe(what="the rescue disk", path=path, command=command)


def copy_recipe(path: Path) -> FileRecipe:
    """Return how to put a copy of the file in its place; holes stay holes."""
    command = ["cp", "--sparse=always", "--reflink=auto", str(path), str(FileRecipe.part_of(path))]
    return FileRecipe(what="a copy of the instance's disk", path=path, command=command)


def grow_disk(qemu_img: Path, path: Path, size_gib: int) -> None:
    """Make the overlay's disk ``size_gib`` large; one that is as large stays as it is."""
    command = [str(qemu_img), "resize", "-q", "-f", "qcow2", str(path), f"{size_gib}G"]
    with CORES.roaming():
        done = subprocess.run(  # noqa: S603 - words and paths of ours
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    if done.returncode != 0:
        log.error("a disk could not grow", path=str(path), said=done.stderr.strip()[-1000:])
        raise HypervisorFailed(
            "The instance's disk could not be made larger.",
            code="disk-not-grown",
            hint="The daemon's log has what qemu-img said.",
        )
