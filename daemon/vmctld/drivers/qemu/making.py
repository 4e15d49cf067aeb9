"""Files made by a program: under another name until they are whole, and two at a time.

What a program says when it fails goes to the log; the caller hears which file it was, and when
the disk is full, that.
"""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import structlog

from vmctld.errors import Exhausted, HypervisorFailed
from vmctld.observe.cores import CORES

log = structlog.get_logger(__name__)

LIMIT_S = 60.0  # they take milliseconds; a minute is a disk that hangs
ROOM_BYTES = 1024 * 1024
FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class FileRecipe:
    """A command that makes ``part``, which becomes ``path`` when it has succeeded."""

    what: str  # for the user: "the instance's disk"
    path: Path
    command: Sequence[str]
    limit_s: float = LIMIT_S

    @staticmethod
    def part_of(path: Path) -> Path:
        """Return the name under which ``path`` is made."""
        return path.with_name(path.name + ".part")


class Making:
    """A file being made; on leaving the context it is there, or an error is raised."""

    def __init__(self, recipe: FileRecipe) -> None:
        """Start to make the file: empty and 0600 first, for the program keeps that mode."""
        self._recipe = recipe
        part = FileRecipe.part_of(recipe.path)
        part.unlink(missing_ok=True)  # of a daemon that was killed; its program may still write
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with CORES.roaming():
            self._process = subprocess.Popen(  # noqa: S603 - words and paths of ours
                recipe.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )

    def __enter__(self) -> Making:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._process.kill()
            self._process.communicate()
            return
        self._finish()

    def _finish(self) -> None:
        try:
            said, _ = self._process.communicate(timeout=self._recipe.limit_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            said, _ = self._process.communicate()
        if self._process.returncode != 0:
            raise self._failure(said)
        FileRecipe.part_of(self._recipe.path).replace(self._recipe.path)

    def _failure(self, said: str) -> Exhausted | HypervisorFailed:
        recipe = self._recipe
        program = Path(recipe.command[0]).name
        log.error(
            "making a file failed",
            path=str(recipe.path),
            program=program,
            exit_code=self._process.returncode,
            said=said.strip()[-1000:],
        )
        if not has_room(recipe.path.parent):
            return disk_full(recipe.what)
        return HypervisorFailed(
            f"{recipe.what.capitalize()} could not be made.",
            hint=f"The daemon's log has what {program} said.",
            facts={"program": program, "exit_code": self._process.returncode},
        )


def disk_full(what: str) -> Exhausted:
    """Return the error for want of room on this host's disk."""
    return Exhausted(
        f"The host's disk is full: no room for {what}.",
        code="disk-full",
        hint="Free some room on the host, or boot on another one.",
    )


def has_room(directory: Path) -> bool:
    """Return whether a megabyte can be written in ``directory``: programs do not tell why not."""
    probe = directory / "room.part"
    try:
        fd = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(fd, 0, ROOM_BYTES)
        finally:
            os.close(fd)
            probe.unlink(missing_ok=True)
    except OSError as error:
        return error.errno not in FULL
    return True
