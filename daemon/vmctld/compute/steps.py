"""Measuring steps: a stopwatch that gives ``TracedStep``s."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from vmctld.domain.clock import Clock
from vmctld.domain.identity import StepTiming
from vmctld.domain.trace import Outcome, TracedStep
from vmctld.errors import VmctlError


@dataclass(slots=True)
class StepNotes:
    """What the doer of a step says about it while it is at it."""

    detail: str = ""
    outcome: Outcome = Outcome.DONE


class Tracer:
    """Collects the steps of one action."""

    def __init__(self, clock: Clock, elapsed: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._elapsed = elapsed
        self.steps: list[TracedStep] = []

    @contextmanager
    def step(self, number: int) -> Iterator[StepNotes]:
        """Trace the block as step ``number``; a failure is traced as one and goes on up."""
        notes = StepNotes()
        started_at, begun = self._clock(), self._elapsed()
        try:
            yield notes
        except Exception as error:
            notes.outcome, notes.detail = Outcome.FAILED, shown_of(error)
            raise
        finally:
            taken_ms = (self._elapsed() - begun) * 1000
            self.steps.append(TracedStep(number, started_at, taken_ms, notes.outcome, notes.detail))

    def add(self, *steps: TracedStep) -> None:
        """Take steps that were measured elsewhere."""
        self.steps.extend(steps)


def shown_of(error: Exception) -> str:
    """Return what users may read of ``error``: a foreign one may hold a path or a secret."""
    return error.message if isinstance(error, VmctlError) else "something of ours went wrong"


def between(
    number: int,
    started_at: datetime,
    ended_at: datetime,
    detail: str = "",
    outcome: Outcome = Outcome.DONE,
) -> TracedStep:
    """Return a step that lasted from one instant to another; never less than nothing."""
    taken = max(ended_at - started_at, timedelta(0))
    return TracedStep(number, started_at, taken / timedelta(milliseconds=1), outcome, detail)


def end_of(timing: StepTiming) -> datetime:
    """Return when something timed was over."""
    return timing.started_at + timedelta(milliseconds=timing.duration_ms)


def end_of_step(step: TracedStep) -> datetime:
    """Return when a traced step was over."""
    return step.started_at + timedelta(milliseconds=step.duration_ms)
