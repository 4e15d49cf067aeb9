"""Journal entries for tests."""

from __future__ import annotations

from typing import Any

from tests.support.clock import NOON
from vmctld.compute import boot
from vmctld.domain.trace import TracedStep
from vmctld.storage.repositories.journal import JournalEntry


def an_entry(action: str, attempt: int = 1, **changes: Any) -> JournalEntry:
    """Return what the journal has of an action that was done, with its steps."""
    steps = tuple(TracedStep(step.number, NOON, 1.0) for step in boot.ACTIONS[action].steps)
    values: dict[str, Any] = {
        "instance_id": "i-1",
        "saga": "boot",
        "attempt": attempt,
        "action": action,
        "position": boot.POSITION[action],
        "state": "done",
        "host": None,
        "started_at": NOON,
        "ended_at": NOON,
        "fault": None,
        "steps": steps,
    }
    return JournalEntry(**{**values, **changes})


def all_entries(attempt: int = 1, host: str = "a") -> list[JournalEntry]:
    """Return the entries of a whole boot."""
    return [an_entry(action.name, attempt, host=host) for action in boot.SCORE]
