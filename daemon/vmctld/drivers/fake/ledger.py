"""Where fake machines outlive their daemon: one empty file each, whose name says everything.

Making a file and renaming it are atomic, so there is no torn state after a ``kill -9``, and
an auditor counts machines with ``ls``.  Nothing is flushed: fake machines die with the host,
as real ones do.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from vmctld.domain.machine import PowerState


@dataclass(frozen=True, slots=True)
class FakeMachine:
    """One machine that does not exist."""

    instance_id: str
    attempt: int
    power: PowerState
    started_at: datetime

    @property
    def file_name(self) -> str:
        """``<instance id>.<attempt>.<power>``."""
        return f"{self.instance_id}.{self.attempt}.{self.power.name}"


class Ledger:
    """The files of one host's fake machines; without a directory it remembers nothing."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory

    def load(self) -> dict[str, FakeMachine]:
        """Return the machines that an earlier daemon left running, by instance id."""
        if self._directory is None:
            return {}
        with contextlib.suppress(FileNotFoundError), os.scandir(self._directory) as entries:
            machines = [_machine_of(entry.name, entry.stat().st_mtime) for entry in entries]
            return {machine.instance_id: machine for machine in machines}
        return {}

    def replace(self, before: FakeMachine | None, after: FakeMachine | None) -> None:
        """Make the file of ``before`` that of ``after``; None is no file."""
        if self._directory is None:
            return
        if before is not None and after is not None:
            self._path(before).replace(self._path(after))
        elif after is not None:
            self._create(self._path(after))
        elif before is not None:
            self._path(before).unlink(missing_ok=True)

    def _path(self, machine: FakeMachine) -> Path:
        assert self._directory is not None
        return self._directory / machine.file_name

    def _create(self, path: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
        try:
            os.close(os.open(path, flags, 0o600))
        except FileNotFoundError:  # the first machine of this host: a thousand hosts cost nothing
            path.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.parent.mkdir(mode=0o700, exist_ok=True)  # parents do not get the mode
            os.close(os.open(path, flags, 0o600))


def _machine_of(file_name: str, started: float) -> FakeMachine:
    instance_id, attempt, power = file_name.rsplit(".", 2)
    return FakeMachine(
        instance_id, int(attempt), PowerState[power], datetime.fromtimestamp(started, UTC)
    )
