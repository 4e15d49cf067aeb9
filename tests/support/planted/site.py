"""Where something is planted: the state directory of a daemon, from outside of the daemon."""

from __future__ import annotations

import json
import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

LONG = timedelta(minutes=30)  # longer than anything may be under way
BUSY_TIMEOUT_S = 10.0


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Site:
    """A state directory with an instance that is ACTIVE and has a network card."""

    state_dir: Path
    instance_id: str
    now: datetime = field(default_factory=_now)

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that commits at the end and holds references for no rule."""
        path = self.state_dir / "vmctl.db"
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys=OFF")
            with connection:
                yield connection

    def instance(self) -> dict[str, Any]:
        """Return the instance's row."""
        with self.database() as db:
            return one(db, "instances", "id", self.instance_id)

    def at(self, moment: datetime) -> str:
        """Return a time as the database holds it."""
        return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")

    @property
    def long_ago(self) -> str:
        """A time at which nothing began that is still under way."""
        return self.at(self.now - LONG)

    def twin(self, **changes: Any) -> str:
        """Make an instance like this one, on no host, counted in its project's quota."""
        twin_id = an_id()
        with self.database() as db:
            row = one(db, "instances", "id", self.instance_id)
            row |= {"id": twin_id, "idempotency_key": None, "host": None}
            row |= {"addresses": "[]", "nics": "[]", "volumes": "[]", **changes}
            insert(db, "instances", row)
            db.execute(
                "UPDATE quota_usages SET instances = instances + 1, cores = cores + ?, "
                "ram_mib = ram_mib + ? WHERE project_id = ?",
                (row["vcpus"], row["ram_mib"], row["project_id"]),
            )
        return twin_id

    def fault(self, message: str = "planted") -> str:
        """Return a fault as the database holds it."""
        fault = {
            "code": "planted",
            "message": message,
            "hint": "",
            "step": 10,
            "component": "scheduler",
            "created_at": self.now.isoformat(),
            "request_id": "req-planted",
            "facts": {},
        }
        return json.dumps(fault)

    def file(self, relative: str, *, old: bool = True) -> Path:
        """Make a file, last written to long ago."""
        path = self.state_dir / relative
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(b"planted")
        path.chmod(0o600)
        if old:
            then = (self.now - LONG).timestamp()
            os.utime(path, (then, then))
        return path


@dataclass(frozen=True)
class Planted:
    """What an auditor should find."""

    invariant: str
    subject: str  # or a part of it

    def matches(self, invariant: str, subject: str) -> bool:
        """True when a finding of that invariant about that subject is this one."""
        return invariant == self.invariant and self.subject in subject


def an_id() -> str:
    """Return an id that nothing has."""
    return str(uuid.uuid4())


def one(db: sqlite3.Connection, table: str, column: str, value: object) -> dict[str, Any]:
    """Return one row, any one that fits."""
    row = db.execute(f"SELECT * FROM {table} WHERE {column} = ? LIMIT 1", (value,)).fetchone()
    assert row is not None, f"no row of {table} has {column} {value!r}"
    return dict(row)


def any_row(db: sqlite3.Connection, table: str) -> dict[str, Any]:
    """Return some row of a table, and fail when it has none."""
    row = db.execute(f"SELECT * FROM {table} LIMIT 1").fetchone()
    assert row is not None, f"{table} is empty"
    return dict(row)


def insert(db: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    """Insert a row."""
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))


def change(db: sqlite3.Connection, table: str, column: str, value: object, **new: Any) -> None:
    """Change the rows that have ``value`` in ``column``."""
    sets = ", ".join(f"{name} = ?" for name in new)
    db.execute(f"UPDATE {table} SET {sets} WHERE {column} = ?", (*new.values(), value))


def remove(db: sqlite3.Connection, table: str, column: str, value: object) -> None:
    """Delete the rows that have ``value`` in ``column``."""
    db.execute(f"DELETE FROM {table} WHERE {column} = ?", (value,))
