"""The 28 steps of a boot, put together from what its actions wrote into the journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vmctld.compute import boot
from vmctld.domain.instance import Fault, Instance
from vmctld.domain.trace import TracedStep
from vmctld.storage.repositories.journal import JournalEntry


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: where, its steps in order, and why it failed."""

    number: int
    host: str | None
    steps: tuple[TracedStep, ...]
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
    steps: tuple[tuple[int, TracedStep], ...]  # with the attempt each is of
    running_action: str | None


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
        steps=tuple(sorted(steps, key=lambda step: step.number)),
        fault=faults[-1] if faults else None,
    )


def news_of(
    instance: Instance, entries: Sequence[JournalEntry], told: set[tuple[int, int]]
) -> Progress:
    """Return what has happened besides what is ``told`` already, and add it to that."""
    fresh: list[tuple[int, TracedStep]] = []
    for entry in entries:
        for step in entry.steps:
            if (entry.attempt, step.number) not in told:
                told.add((entry.attempt, step.number))
                fresh.append((entry.attempt, step))
    running = [entry.action for entry in entries if entry.state == "running"]
    return Progress(instance, tuple(fresh), running[-1] if running else None)
