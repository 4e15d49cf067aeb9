"""What can be said of a database from outside of its daemon: for ``vmctld db check``."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import inspect, text

from vmctld.domain.counting import counted
from vmctld.domain.operations import Diagnosis, Outcome
from vmctld.storage.database import Database, Tx
from vmctld.storage.postgresql import OVERFLOW, POOLED
from vmctld.storage.schema import HEAD, checked_revision
from vmctld.storage.tables import METADATA

AUDIT_VIEWS = frozenset(
    f"audit_{name}" for name in ("instances", "hosts", "ports", "volumes", "attachments", "images")
)
SHOWN = 3
_UPGRADE = "vmctld db upgrade"


def check_database(database: Database) -> tuple[Diagnosis, ...]:
    """Return what was looked at, the database's answer first.

    Raises Unavailable, and WrongState for a database that is newer or not ours.
    """
    with database.read() as tx:
        found = [answer(tx), _revision(tx)]
        if found[-1].outcome is Outcome.OK:
            found.append(_shape(tx))
        if not database.is_sqlite:
            found += [durability(tx), connections(tx)]
    return tuple(found)


def answer(tx: Tx) -> Diagnosis:
    """What is it, and how long does the least of questions take?"""
    began_s = time.monotonic()
    tx.execute(text("SELECT 1"))
    took_ms = (time.monotonic() - began_s) * 1000
    numbers = ".".join(str(number) for number in tx.dialect.server_version_info or ())
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[tx.dialect.name]
    return Diagnosis("answer", Outcome.OK, f"{name} {numbers} answers in {took_ms:.1f} ms")


def durability(tx: Tx) -> Diagnosis:
    """Does what PostgreSQL said to have kept survive the loss of power?"""
    off = [
        name
        for name in ("fsync", "full_page_writes", "synchronous_commit")
        if tx.execute(text(f"SHOW {name}")).scalar_one() == "off"
    ]
    if not off:
        return Diagnosis("durability", Outcome.OK, "survives the loss of power")
    return Diagnosis(
        "durability",
        Outcome.WARNING,
        f"{', '.join(off)} off: the loss of power may lose or spoil what was answered",
        "turn them on in postgresql.conf",
    )


def connections(tx: Tx) -> Diagnosis:
    """Has the server room for the connections of a few daemons?"""
    most = int(tx.execute(text("SHOW max_connections")).scalar_one())
    used = int(tx.execute(text("SELECT count(*) FROM pg_stat_activity")).scalar_one())
    each = POOLED + OVERFLOW
    detail = f"{used} of {most} connections in use, a daemon takes up to {each}"
    if most - used >= each:
        return Diagnosis("connections", Outcome.OK, detail)
    return Diagnosis("connections", Outcome.WARNING, detail, "raise its max_connections")


def _revision(tx: Tx) -> Diagnosis:
    revision = checked_revision(tx)
    if revision == HEAD:
        return Diagnosis("revision", Outcome.OK, HEAD)
    detail = f"{revision or 'none: it is empty'}; this daemon makes {HEAD}"
    return Diagnosis("revision", Outcome.FAILED, detail, _UPGRADE)


def _shape(tx: Tx) -> Diagnosis:
    """Has somebody changed tables by hand?"""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    differences = [
        _difference(entry) for entry in compare_metadata(MigrationContext.configure(tx), METADATA)
    ]
    missing = AUDIT_VIEWS - set(inspect(tx).get_view_names())
    differences += [f"no view {name}" for name in sorted(missing)]
    if not differences:
        return Diagnosis("shape", Outcome.OK, f"{len(METADATA.tables)} tables, as they should be")
    return Diagnosis(
        "shape",
        Outcome.FAILED,
        f"{counted(len(differences), 'difference')}: " + "; ".join(differences[:SHOWN]),
        "somebody changed it by hand; restore a backup, or undo the change",
    )


def _difference(entry: Any) -> str:
    """Return one of Alembic's operations, which would mend it, as what is wrong."""
    verb, *things = entry[0] if isinstance(entry, list) else entry
    act, _, kind = verb.partition("_")
    names = [str(getattr(thing, "name", thing)) for thing in things[:4] if thing is not None]
    if act == "modify":
        return f"another {kind} of {'.'.join(names[:2])}"
    return f"{'no' if act == 'add' else 'one too many:'} {kind} {'.'.join(names)}"
