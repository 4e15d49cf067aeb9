"""The config drive: a read-only CD image that tells the guest who it is.

ISO 9660 with Joliet and Rock Ridge names, labelled ``config-2``: what cloud-init's ConfigDrive
looks for.  Its files may hold the guest's secrets; in the guest only root can read them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from vmctld.domain.machine import ConfigDrive
from vmctld.drivers.qemu.making import FileRecipe
from vmctld.errors import InvalidRequest

LABEL = "config-2"
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")


@contextmanager
def config_drive_recipe(genisoimage: Path, drive: ConfigDrive, path: Path) -> Iterator[FileRecipe]:
    """Yield how to make the drive at ``path``; its files lie beside it until the block ends."""
    source = path.with_name("config.d")
    shutil.rmtree(source, ignore_errors=True)  # what a crash left
    try:
        _lay_out(drive, source)
        command = [
            str(genisoimage),
            "-quiet",
            *("-V", LABEL),
            *("-J", "-joliet-long", "-R"),
            *("-uid", "0", "-gid", "0", "-file-mode", "0400", "-dir-mode", "0500"),
            "-no-pad",
            *("-o", str(FileRecipe.part_of(path))),
            str(source),
        ]
        yield FileRecipe(what="the config drive", path=path, command=command)
    finally:
        shutil.rmtree(source, ignore_errors=True)


def _lay_out(drive: ConfigDrive, source: Path) -> None:
    source.mkdir(mode=0o700)
    for name, content in drive.files:
        file = source / _checked(name)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_bytes(content)


def _checked(name: str) -> PurePosixPath:
    """Return the file's relative path; its names are ours, this keeps it so."""
    if not all(NAME.fullmatch(part) for part in name.split("/")):
        raise InvalidRequest(f"A config drive holds no file named {name!r}.")
    return PurePosixPath(name)
