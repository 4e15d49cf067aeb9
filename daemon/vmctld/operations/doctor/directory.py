"""The state directory: room, privacy, and what the daemon listens on."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from vmctld.domain.counting import counted
from vmctld.domain.operations import Diagnosis, Outcome
from vmctld.operations.installation import Installation

GIB = 1024**3
SCARCE_BYTES = 5 * GIB
FULL_BYTES = 256 * 1024**2  # the database's log alone may need this much
SHOWN = 3
LOOKED_AT_MOST = 20_000  # files; what is wrong is wrong with the first ones too
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_UNIX = "unix://"


def disk_space(installation: Installation) -> Diagnosis:
    """Is there room for disks, images and the database?"""
    usage = shutil.disk_usage(installation.state_dir)
    said = f"{usage.free / GIB:.1f} of {usage.total / GIB:.1f} GiB free"
    if usage.free >= SCARCE_BYTES:
        return Diagnosis("disk-space", Outcome.OK, said)
    return Diagnosis(
        "disk-space",
        Outcome.FAILED if usage.free < FULL_BYTES else Outcome.WARNING,
        said,
        "delete images, volumes and servers that nobody needs, or move the state directory",
    )


def permissions(installation: Installation) -> Diagnosis:
    """May anybody but the daemon's user look inside?"""
    looked = 0
    open_paths = []
    for path, mode in _entries(installation.state_dir):
        looked += 1
        if mode & _OTHERS and not stat.S_ISSOCK(mode):
            open_paths.append(f"{path.relative_to(installation.state_dir)} {mode & 0o777:04o}")
        if looked >= LOOKED_AT_MOST:
            break
    if not open_paths:
        return Diagnosis(
            "permissions", Outcome.OK, f"{counted(looked, 'path')} looked at, all private"
        )
    top_mode = installation.state_dir.stat().st_mode
    return Diagnosis(
        "permissions",
        Outcome.FAILED if top_mode & _OTHERS else Outcome.WARNING,
        f"{len(open_paths)} of {looked} are open to others: " + ", ".join(open_paths[:SHOWN]),
        "chmod -R go= on the state directory",
    )


def sockets(installation: Installation) -> Diagnosis:
    """Is what the daemon listens on there, and as private as it should be?"""
    wrong = []
    for address in installation.listen:
        if address.startswith(_UNIX):
            why = _why_wrong(Path(address.removeprefix(_UNIX)), installation.state_dir)
            wrong += [f"{address} {why}"] if why else []
    if not wrong:
        return Diagnosis("sockets", Outcome.OK, ", ".join(installation.listen) or "none")
    return Diagnosis("sockets", Outcome.FAILED, "; ".join(wrong), "restart the daemon")


def image_store(installation: Installation) -> Diagnosis:
    """Can the files of images be read?"""
    directory = installation.store / "images"
    paths = [path for path in directory.iterdir() if path.suffix != ".part"]
    unreadable = [path.name for path in paths if not os.access(path, os.R_OK)]
    if unreadable:
        return Diagnosis(
            "image-store",
            Outcome.FAILED,
            f"{len(unreadable)} of {counted(len(paths), 'file')} cannot be read: "
            + ", ".join(unreadable[:SHOWN]),
            "give them back to the daemon's user",
        )
    size_mib = sum(path.stat().st_size for path in paths) / 1024**2
    return Diagnosis(
        "image-store", Outcome.OK, f"{counted(len(paths), 'image')}, {size_mib:.0f} MiB"
    )


def _entries(directory: Path) -> Iterator[tuple[Path, int]]:
    yield directory, directory.stat().st_mode
    for parent, directories, files in os.walk(directory):
        for name in (*directories, *files):
            path = Path(parent, name)
            try:
                yield path, path.lstat().st_mode
            except FileNotFoundError:
                continue  # machines come and go while we look


def _why_wrong(path: Path, state_dir: Path) -> str:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "is gone: nobody can connect any more"
    if not stat.S_ISSOCK(mode):
        return "is no socket"
    if path.is_relative_to(state_dir) and mode & _OTHERS:
        return f"is open to others ({mode & 0o777:04o})"
    return ""
