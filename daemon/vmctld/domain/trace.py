"""Traced steps: what was done, by whom, when, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """How a step ended."""

    DONE = "done"
    NOTHING = "nothing"  # there was nothing to do
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TracedStep:
    """One of the 28 steps of one attempt, as its doer measured it."""

    number: int
    started_at: datetime
    duration_ms: float
    outcome: Outcome = Outcome.DONE
    detail: str = ""
