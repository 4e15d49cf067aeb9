"""Traced steps: what was done, by whom, when, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vmctld.domain.instance import Fault, Instance


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


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A traced step with what the score says of it: for those who read a trace."""

    number: int
    component: str
    peer: str
    name: str
    attempt: int
    started_at: datetime
    duration_ms: float
    outcome: Outcome
    detail: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: where, its steps in order, and why it failed."""

    number: int
    host: str | None
    steps: tuple[ShownStep, ...]
    fault: Fault | None


@dataclass(frozen=True, slots=True)
class Trace:
    """All attempts of one instance's boot; the last one is what ``trace`` shows first."""

    instance_id: str
    request_id: str
    last: Attempt
    earlier: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """An instance as it is now, and the steps that ended since one looked last."""

    instance: Instance
    steps: tuple[ShownStep, ...]
    running_action: str | None
