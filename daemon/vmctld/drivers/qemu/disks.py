"""The instance's own disk: a thin overlay, so that a machine costs no copy of its image."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import structlog

from vmctld.domain.machine import RootDisk
from vmctld.drivers.qemu.making import LIMIT_S, FileRecipe
from vmctld.errors import HypervisorFailed
from vmctld.observe.cores import CORES

log = structlog.get_logger(__name__)

COPY_LIMIT_S = 3600.0  # all of a disk is read and written


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


def empty_recipe(qemu_img: Path, size_bytes: int, path: Path) -> FileRecipe:
    """Return how to make an empty disk at ``path``, over no other."""
    part = str(FileRecipe.part_of(path))
    command = [str(qemu_img), "create", "-q", "-f", "qcow2", part, str(size_bytes)]
    return FileRecipe(what="the copy of the disk", path=path, command=command)


def flat_recipe(qemu_img: Path, disk: Path, root: RootDisk, path: Path) -> FileRecipe:
    """Return how to make a disk at ``path`` of all that an overlay and its base hold.

    Which base that is, and its format, is said here: what a header says is not followed.
    """
    base: dict[str, object] = {
        "driver": root.base_format,
        "file": {"driver": "file", "filename": str(root.base_path)},
    }
    if root.base_format == "qcow2":
        base["backing"] = None
    file = {"driver": "file", "filename": str(disk)}
    source = json.dumps({"driver": "qcow2", "file": file, "backing": base})
    command = [
        str(qemu_img),
        "convert",
        "-q",
        *("-O", "qcow2"),
        f"json:{source}",
        str(FileRecipe.part_of(path)),
    ]
    return FileRecipe("the copy of the disk", path, command, limit_s=COPY_LIMIT_S)


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
