"""The 28 steps of a boot, put together from what its actions wrote into the journal."""

from __future__ import annotations

from collections.abc import Sequence

from vmctld.compute import boot
from vmctld.domain.instance import Instance
from vmctld.domain.trace import Attempt, Progress, ShownStep, Trace, TracedStep
from vmctld.storage.repositories.journal import JournalEntry


def trace_of(instance: Instance, entries: Sequence[JournalEntry]) -> Trace:
    """Return the trace; steps 1 to 7 were done once and belong to every attempt."""
    first = tuple(
        step for entry in entries if entry.position < boot.POSITION["place"] for step in entry.steps
    )
    attempts = tuple(
        _attempt(number, first, [entry for entry in entries if entry.attempt == number])
        for number in range(1, instance.attempt + 1)
    )
    return Trace(instance.id, instance.request_id, attempts[-1], attempts[:-1])


def _attempt(
    number: int, first: tuple[TracedStep, ...], entries: Sequence[JournalEntry]
) -> Attempt:
    own = [entry for entry in entries if entry.position >= boot.POSITION["place"]]
    steps = (*first, *(step for entry in own for step in entry.steps))
    faults = [entry.fault for entry in own if entry.fault is not None]
    hosts = [entry.host for entry in own if entry.host is not None]
    return Attempt(
        number=number,
        host=hosts[-1] if hosts else None,
        steps=tuple(_shown(number, step) for step in sorted(steps, key=_number)),
        fault=faults[-1] if faults else None,
    )


def news_of(
    instance: Instance, entries: Sequence[JournalEntry], told: set[tuple[int, int]]
) -> Progress:
    """Return what has happened besides what is ``told`` already, and add it to that."""
    fresh: list[ShownStep] = []
    for entry in entries:
        for step in entry.steps:
            if (entry.attempt, step.number) not in told:
                told.add((entry.attempt, step.number))
                fresh.append(_shown(entry.attempt, step))
    running = [entry.action for entry in entries if entry.state == "running"]
    return Progress(instance, tuple(fresh), running[-1] if running else None)


def _number(step: TracedStep) -> int:
    return step.number


def _shown(attempt: int, step: TracedStep) -> ShownStep:
    score = boot.STEPS[step.number]
    return ShownStep(
        number=step.number,
        component=score.component,
        peer=score.peer,
        name=score.name,
        attempt=attempt,
        started_at=step.started_at,
        duration_ms=step.duration_ms,
        outcome=step.outcome,
        detail=step.detail,
    )
