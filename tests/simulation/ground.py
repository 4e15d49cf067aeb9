"""The database that one world after another is built on, and a quick look into it.

Making a database and having its statements compiled takes as long as ten boots: it is kept,
and emptied between two worlds.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from vmctld.storage.database import Database, Tx, sqlite_url
from vmctld.storage.tables import METADATA

SHM = Path("/dev/shm")
_INSTANCES = "SELECT id, name, vm_state, task_state, host, attempt, flavor ->> 'vcpus', \
flavor ->> 'ram_mib' FROM instances ORDER BY id"
_HOSTS = "SELECT name, ram_mib, free_vcpus, free_ram_mib, free_disk_gib, instances, \
vcpus * cpu_ratio, ram_mib * ram_ratio, disk_gib * disk_ratio FROM hosts ORDER BY name"
_CLAIMS = "SELECT host, count(*), sum(vcpus), sum(ram_mib), sum(disk_gib) FROM allocations \
GROUP BY host"
_USAGE = "SELECT instances, cores, ram_mib FROM quota_usages WHERE project_id = ?"


@dataclass(frozen=True, slots=True)
class Entry:
    """An instance, in a few words."""

    id: str
    name: str
    vm_state: str
    task_state: str | None
    host: str | None
    attempt: int
    vcpus: int
    ram_mib: int


@dataclass(frozen=True, slots=True)
class Room:
    """A host: what it says of itself, and what is claimed of it."""

    name: str
    ram_mib: int
    free: tuple[int, int, int]  # vCPUs, RAM, disk
    capacity: tuple[int, int, int]
    instances: int
    claims: int
    claimed: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Sight:
    """What the database said at one moment."""

    entries: tuple[Entry, ...]
    rooms: tuple[Room, ...]
    used: tuple[int, int, int]  # of the quota: instances, cores, RAM


class WatchedDatabase(Database):
    """Knows whether somebody is writing: whoever does cannot be frozen, others would wait."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.is_writing = False

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """Give a transaction that may write."""
        with super().write() as tx:
            self.is_writing = True
            try:
                yield tx
            finally:
                self.is_writing = False


class Ground:
    """``with Ground() as ground:`` and then worlds, one at a time."""

    def __enter__(self) -> Ground:
        self._scratch = tempfile.TemporaryDirectory(dir=SHM if SHM.is_dir() else None)
        file = Path(self._scratch.name) / "vmctl.db"
        self.database = WatchedDatabase(sqlite_url(file))
        with self.database.write() as tx:
            METADATA.create_all(tx)
        self._eye = sqlite3.connect(f"file:{file}?mode=ro", uri=True, isolation_level=None)
        self._version, self._sight = -1, Sight((), (), (0, 0, 0))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._eye.close()
        self.database.close()
        self._scratch.cleanup()

    def clear(self) -> None:
        """Make it as if no world had ever been."""
        with self.database.write() as tx:
            for table in reversed(METADATA.sorted_tables):
                tx.execute(table.delete())

    def look(self, project: str) -> Sight:
        """Return what the database says; what has not changed since is not read again."""
        (version,) = self._eye.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self._version, self._sight = version, self._read(project)
        return self._sight

    def _read(self, project: str) -> Sight:
        run = self._eye.execute
        run("BEGIN")
        try:
            entries = tuple(Entry(*row) for row in run(_INSTANCES))
            claims = {host: (count, tuple(sums)) for host, count, *sums in run(_CLAIMS)}
            rooms = tuple(
                Room(name, ram, free, capacity, count, *claims.get(name, (0, (0, 0, 0))))
                for name, ram, free, capacity, count in map(_parts_of, run(_HOSTS))
            )
            used = run(_USAGE, (project,)).fetchone()
        finally:
            run("ROLLBACK")
        return Sight(entries, rooms, used or (0, 0, 0))


def _parts_of(row: tuple[object, ...]) -> tuple[object, ...]:
    name, ram, vcpus, ram_free, disk, count, *capacity = row
    return name, ram, (vcpus, ram_free, disk), tuple(int(total) for total in capacity), count
