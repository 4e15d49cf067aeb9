"""What is seen of a cloud from outside, at one moment: plain data for the checks."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from vmctl.v1 import compute_pb2 as pb

T_BUILD = timedelta(seconds=300)
T_GC = timedelta(seconds=120)
RUNS = frozenset({"ACTIVE", "PAUSED", "RESCUED", "RESIZED"})
"""Statuses in which an instance has a machine that runs; in all others none does."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Violation:
    """One broken invariant."""

    invariant: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.subject}: {self.detail}"


@dataclass(frozen=True)
class Machine:
    """A machine that runs.  ``life`` changes when it is started anew."""

    instance_id: str
    host: str
    life: str


@dataclass(frozen=True)
class File:
    """A file, socket or link below the state directory."""

    path: str  # relative
    size_bytes: int
    age: timedelta


@dataclass(frozen=True)
class Doctor:
    """One check of ``vmctl doctor``."""

    name: str
    outcome: str
    detail: str


@dataclass(frozen=True)
class Evidence:
    """All that an audit looks at."""

    taken_at: datetime
    state_dir: str
    servers: Mapping[str, pb.Instance]
    traces: Mapping[str, pb.Trace]
    views: Mapping[str, tuple[Row, ...]]  # audit_instances without its prefix, and so on
    machines: tuple[Machine, ...]
    files: tuple[File, ...]
    hashes: Mapping[str, str]  # SHA-256 of each file in the image store
    links: frozenset[str]  # names of network interfaces, and the words of the nft ruleset
    quota_used: Mapping[str, int]
    doctor: tuple[Doctor, ...]
    database_faults: tuple[str, ...]
    secrets: tuple[str, ...]  # where a secret was found
    ready_s: float  # how long the last start took

    @property
    def living(self) -> dict[str, Row]:
        """The instances that are not deleted, by id."""
        return {r["id"]: r for r in self.views["instances"] if r["status"] != "DELETED"}

    @property
    def with_machine(self) -> dict[str, Row]:
        """The instances that should run, by id."""
        return {id_: row for id_, row in self.living.items() if row["status"] in RUNS}

    def age_of(self, row: Row, column: str = "updated_at") -> timedelta:
        """Return how long ago a row was changed."""
        return self.taken_at - datetime.fromisoformat(f"{row[column]}+00:00")


@dataclass
class Ledger:
    """What the clients remember.  Thread-safe."""

    accepted: dict[str, str] = field(default_factory=dict)  # id: name
    by_key: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    active: set[str] = field(default_factory=set)  # seen ACTIVE
    deleted: set[str] = field(default_factory=set)  # asked to be
    died: set[str] = field(default_factory=set)  # their machines were killed
    lives: dict[str, str] = field(default_factory=dict)  # machines seen running before a death
    port_ids: set[str] = field(default_factory=set)  # all that were ever seen
    dead_letters_excused: int = 0  # of handlers that were made to fail
    guard: threading.Lock = field(default_factory=threading.Lock)

    def boot(self, name: str, key: str, server_id: str) -> None:
        """A boot was accepted, or answered again."""
        with self.guard:
            self.accepted[server_id] = name
            self.by_key[key].add(server_id)

    def delete(self, server_id: str) -> None:
        """A deletion was asked for."""
        with self.guard:
            self.deleted.add(server_id)

    def ran(self, machines: Iterable[Machine]) -> None:
        """These run just before the daemon dies: those known ACTIVE must live on."""
        with self.guard:
            known = self.active - self.deleted - self.died
            self.lives.update({m.instance_id: m.life for m in machines if m.instance_id in known})

    def saw(self, seen: Evidence) -> None:
        """Remember what runs and which ports there are, for later audits."""
        with self.guard:
            self.lives = {m.instance_id: m.life for m in seen.machines}
            self.port_ids |= {row["id"] for row in seen.views["ports"]}
