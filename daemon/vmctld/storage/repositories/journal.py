"""The journal of sagas, with the steps that each action traced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Text, bindparam, case, cast, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from vmctld.domain.instance import Fault
from vmctld.domain.trace import Outcome, TracedStep
from vmctld.observe import metrics
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.prepared import Prepared
from vmctld.storage.repositories.instance_rows import fault_from_json, fault_to_json
from vmctld.storage.tables.pipeline import JournalRow

TABLE = core(JournalRow)
_C = TABLE.c
_KEY = ("instance_id", "saga", "attempt", "action")
_CHANGED = ("state", "ended_at", "fault", "steps")


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One action of one attempt, as it was last written."""

    instance_id: str
    saga: str
    attempt: int
    action: str
    position: int
    state: str
    host: str | None
    started_at: datetime
    ended_at: datetime | None
    fault: Fault | None
    steps: tuple[TracedStep, ...]


def _upsert(dialect: Any) -> Any:
    statement = dialect.insert(TABLE)
    new = statement.excluded
    has_no_steps = cast(new.steps, Text) == "[]"
    changes = {name: new[name] for name in _CHANGED}
    changes["steps"] = case((has_no_steps, _C.steps), else_=new.steps)
    return statement.on_conflict_do_update(index_elements=list(_KEY), set_=changes)


_UPSERTS = {"sqlite": Prepared(_upsert(sqlite)), "postgresql": Prepared(_upsert(postgresql))}


def write(tx: Tx, entries: Sequence[JournalEntry]) -> None:
    """Write each entry over the one that was there; its start stays what it was.

    Steps stay too until there are new ones: an action that is begun again has been done before.
    """
    if entries:
        _UPSERTS[tx.dialect.name].each(tx, [_row_of(entry) for entry in entries])
        _count_steps(entries)


_OF_INSTANCE = Prepared(
    select(TABLE)
    .where(_C.instance_id == bindparam("instance"), _C.saga == bindparam("of_saga"))
    .order_by(_C.attempt, _C.position)
)


def of_instance(tx: Tx, instance_id: str, saga: str) -> list[JournalEntry]:
    """Return all entries of one saga of an instance, by attempt and in order."""
    rows = _OF_INSTANCE.rows(tx, {"instance": instance_id, "of_saga": saga})
    return [_entry_of(row) for row in rows]


def end_saga(tx: Tx, instance_id: str, saga: str, state: str, now: datetime) -> None:
    """Close what has no end in one saga of an instance: nobody goes on with it."""
    tx.execute(
        update(TABLE)
        .where(_C.instance_id == instance_id, _C.saga == saga, _C.ended_at.is_(None))
        .values(state=state, ended_at=now)
    )


def everything_of(tx: Tx, instance_id: str) -> list[JournalEntry]:
    """Return the entries of all sagas of an instance; those of one saga are in order."""
    query = (
        select(TABLE)
        .where(_C.instance_id == instance_id)
        .order_by(_C.attempt, _C.position, _C.started_at)
    )
    return [_entry_of(row) for row in tx.execute(query)]


def stuck(tx: Tx, limit: int) -> list[JournalEntry]:
    """Return the entries whose undo did not work."""
    query = select(TABLE).where(_C.state == "stuck").limit(limit)
    return [_entry_of(row) for row in tx.execute(query)]


def end_open(tx: Tx, instance_id: str, now: datetime) -> None:
    """Close what has no end, or is stuck: its instance is gone, and all of it undone."""
    tx.execute(
        update(TABLE)
        .where(_C.instance_id == instance_id, or_(_C.ended_at.is_(None), _C.state == "stuck"))
        .values(state="undone", ended_at=now)
    )


def set_state(tx: Tx, instance_id: str, saga: str, attempt: int, action: str, state: str) -> None:
    """Change the state of one entry."""
    tx.execute(
        update(TABLE)
        .where(
            _C.instance_id == instance_id,
            _C.saga == saga,
            _C.attempt == attempt,
            _C.action == action,
        )
        .values(state=state)
    )


def _count_steps(entries: Sequence[JournalEntry]) -> None:
    counting = metrics.current()
    for entry in entries:
        if entry.saga == "boot":
            for step in entry.steps:
                counting.step_took(step.number, entry.action, step.duration_ms / 1000)


def _row_of(entry: JournalEntry) -> dict[str, Any]:
    return {
        "instance_id": entry.instance_id,
        "saga": entry.saga,
        "attempt": entry.attempt,
        "action": entry.action,
        "position": entry.position,
        "state": entry.state,
        "host": entry.host,
        "started_at": entry.started_at,
        "ended_at": entry.ended_at,
        "fault": fault_to_json(entry.fault) if entry.fault else None,
        "steps": [_step_to_json(step) for step in entry.steps],
    }


def _entry_of(row: Any) -> JournalEntry:
    return JournalEntry(
        instance_id=row.instance_id,
        saga=row.saga,
        attempt=row.attempt,
        action=row.action,
        position=row.position,
        state=row.state,
        host=row.host,
        started_at=row.started_at,
        ended_at=row.ended_at,
        fault=fault_from_json(row.fault) if row.fault else None,
        steps=tuple(_step_from_json(step) for step in row.steps),
    )


def _step_to_json(step: TracedStep) -> list[Any]:
    # A list, not an object: 28 of these are written with every boot.
    return [
        step.number,
        round(step.started_at.timestamp(), 6),
        round(step.duration_ms, 3),
        step.outcome.value,
        step.detail,
    ]


def _step_from_json(value: list[Any]) -> TracedStep:
    number, started_at, duration_ms, outcome, detail = value
    started = datetime.fromtimestamp(started_at, UTC)
    return TracedStep(number, started, duration_ms, Outcome(outcome), detail)
