"""Where a saga writes what it has done, once per boundary."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class ActionState(StrEnum):
    """How far an action got."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"
    STUCK = "stuck"  # its undo did not work, again and again; somebody has to look


@dataclass(frozen=True, slots=True)
class Entry:
    """What changed for one action at a boundary."""

    action: str
    state: ActionState
    cause: BaseException | None = None


class Journal(Protocol):
    """Keeps the entries of one saga's one attempt."""

    def record(self, *entries: Entry) -> None:
        """Write ``entries`` together.

        Raises Fenced when the saga must not go on, an undo goes on all the same; Overtaken
        when nothing may be undone either.  Whatever else it raises for a failure keeps the
        undo from beginning, and for what was undone is only logged.
        """
        ...


class MemoryJournal:
    """A journal for tests and for sagas that need none after a crash."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def record(self, *entries: Entry) -> None:
        """Keep ``entries`` in memory."""
        self.entries.extend(entries)

    def state_of(self, action: str) -> ActionState | None:
        """Return the last state of ``action``."""
        states = [entry.state for entry in self.entries if entry.action == action]
        return states[-1] if states else None
