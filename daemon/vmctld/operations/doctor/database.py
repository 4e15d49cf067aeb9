"""The database: whole, of this daemon's shape, and quick to write to."""

from __future__ import annotations

import time

from sqlalchemy import update

from vmctld.domain.counting import counted
from vmctld.domain.operations import Diagnosis, Outcome
from vmctld.operations.installation import Installation
from vmctld.storage.checkup import answer, connections, durability
from vmctld.storage.columns import core
from vmctld.storage.database import Database
from vmctld.storage.schema import HEAD, current_revision
from vmctld.storage.tables.identity import ClockMarkRow

SLOW_MS = 250.0  # a boot is some ten writes: at this pace it takes seconds
SHOWN = 3  # of what is wrong; the database tool shows the rest

_MARKS = core(ClockMarkRow)


def integrity(installation: Installation) -> Diagnosis:
    """Is every page and every reference right?"""
    if not installation.database.is_sqlite:
        return _server(installation.database)
    with installation.database.read() as tx:
        lines = [str(row[0]) for row in tx.exec_driver_sql("PRAGMA integrity_check(10)")]
        broken = [
            f"{table} row {row_id} refers to no {parent}"
            for table, row_id, parent, _ in tx.exec_driver_sql("PRAGMA foreign_key_check")
        ]
        pages = int(tx.exec_driver_sql("PRAGMA page_count").scalar_one())
        size_kib = pages * int(tx.exec_driver_sql("PRAGMA page_size").scalar_one()) // 1024
    damage = [line for line in lines if line != "ok"]
    if damage:
        return Diagnosis(
            "database",
            Outcome.FAILED,
            f"{counted(len(damage), 'thing')} damaged: " + "; ".join(damage[:SHOWN]),
            "stop the daemon, keep a copy of the file, restore the last backup",
        )
    if broken:
        return Diagnosis(
            "database",
            Outcome.FAILED,
            f"{counted(len(broken), 'reference')} to nowhere: " + "; ".join(broken[:SHOWN]),
            "vmctl audit --repair; if they stay, restore the last backup",
        )
    return Diagnosis("database", Outcome.OK, f"{size_kib} KiB, whole; every reference holds")


def _server(database: Database) -> Diagnosis:
    """How quickly does PostgreSQL answer, and is it set up for what it is used for?

    Its pages and references are its own to keep whole.
    """
    with database.read() as tx:
        said = [answer(tx), durability(tx), connections(tx)]
    worst = next((one for one in said if one.outcome is not Outcome.OK), said[0])
    detail = "; ".join(one.detail for one in said)
    return Diagnosis("database", worst.outcome, detail, worst.remedy)


def schema(installation: Installation) -> Diagnosis:
    """Is it of the shape that this daemon knows?"""
    with installation.database.read() as tx:
        revision = current_revision(tx)
    if revision == HEAD:
        return Diagnosis("schema", Outcome.OK, f"revision {revision}")
    return Diagnosis(
        "schema",
        Outcome.FAILED,
        f"revision {revision or 'none'}, this daemon is made for {HEAD}",
        "restart the daemon: it brings an older database up to date",
    )


def write_latency(installation: Installation) -> Diagnosis:
    """How long does one small write take, waiting for its turn included?"""
    began_s = time.monotonic()
    with installation.database.write() as tx:
        tx.execute(update(_MARKS).values(id=_MARKS.c.id))  # writes what is there already
    took_ms = (time.monotonic() - began_s) * 1000
    if took_ms < SLOW_MS:
        return Diagnosis("write-latency", Outcome.OK, f"{took_ms:.1f} ms")
    return Diagnosis(
        "write-latency",
        Outcome.WARNING,
        f"{took_ms:.0f} ms; up to {SLOW_MS:.0f} is fine",
        "look at the load of the disk that holds the database",
    )
