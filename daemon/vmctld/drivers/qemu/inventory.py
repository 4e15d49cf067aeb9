"""The machines of this host, as their directories tell: in memory, and on disk for the next one.

The daemon alone writes here (it holds the state directory's lock), so memory is never behind.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

import structlog

from vmctld.drivers.qemu.paths import MachineDirectory
from vmctld.drivers.qemu.record import MachineRecord, load_record, save_record

log = structlog.get_logger(__name__)


class Inventory:
    """All machine directories under ``<state>/machines`` and what is recorded in them."""

    def __init__(self, state_dir: Path) -> None:
        self._root = state_dir / "machines"
        self._root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._records: dict[str, MachineRecord | None] = {
            path.name: self._load(path.name) for path in self._root.iterdir() if _is_ours(path)
        }

    def directory(self, instance_id: str) -> MachineDirectory:
        """Return where the machine's things lie, or would."""
        return MachineDirectory(self._root / instance_id)

    def __contains__(self, instance_id: object) -> bool:
        """True where there is a directory, with a readable record in it or not."""
        return instance_id in self._records

    def get(self, instance_id: str) -> MachineRecord | None:
        """Return the machine's record, None without one that can be read."""
        return self._records.get(instance_id)

    def is_damaged(self, instance_id: str) -> bool:
        """True when things of a machine are here and what they are cannot be read.

        A directory without a record is merely empty: the record is the first thing in it.
        """
        return (
            instance_id in self._records
            and self._records[instance_id] is None
            and any(path.suffix != ".part" for path in self.directory(instance_id).path.iterdir())
        )

    def instance_ids(self) -> Sequence[str]:
        """Return whose machines are here, unreadable ones included."""
        return list(self._records)

    def records(self) -> Sequence[MachineRecord]:
        """Return all records that can be read."""
        return [record for record in list(self._records.values()) if record is not None]

    def save(self, record: MachineRecord) -> None:
        """Write ``record`` down, making the machine's directory when it is the first."""
        directory = self.directory(record.instance_id)
        directory.path.mkdir(mode=0o700, exist_ok=True)
        save_record(directory.record, record)
        self._records[record.instance_id] = record

    def remove(self, instance_id: str) -> None:
        """Delete the machine's directory with all that is in it; absent is fine.

        After a crash in the middle the directory is still there, and this can be done again.
        """
        path = self.directory(instance_id).path
        if path.exists():
            shutil.rmtree(path)
        self._records.pop(instance_id, None)

    def _load(self, instance_id: str) -> MachineRecord | None:
        try:
            return load_record(self.directory(instance_id).record)
        except (OSError, ValueError) as error:
            log.warning("machine record unreadable", instance_id=instance_id, error=repr(error))
            return None


def _is_ours(path: Path) -> bool:
    try:
        return str(uuid.UUID(path.name)) == path.name and path.is_dir()
    except ValueError:
        return False
