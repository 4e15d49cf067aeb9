"""The 28 steps of a boot."""

from __future__ import annotations

from dataclasses import dataclass

from vmctl.v1 import compute_pb2 as pb
from vmctl_cli.client.server_records import Fault, Server, fault_from, server_from
from vmctl_cli.client.values import or_none, time_of


@dataclass(frozen=True, slots=True)
class Step:
    """One step, as it was done."""

    number: int
    name: str
    component: str
    peer: str | None
    attempt: int
    started_at: str | None
    duration_ms: float
    outcome: str  # done, nothing or failed
    detail: str | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """An earlier try on another host."""

    number: int
    host: str | None
    steps: tuple[Step, ...]
    fault: Fault | None


@dataclass(frozen=True, slots=True)
class Trace:
    """All steps of one boot."""

    instance_id: str
    request_id: str
    steps: tuple[Step, ...]  # of the last attempt
    attempts: tuple[Attempt, ...]  # the earlier ones


@dataclass(frozen=True, slots=True)
class Watched:
    """What a watched server just did."""

    server: Server
    steps: tuple[Step, ...]  # those that ended since the message before
    running_action: str | None


def step_from(message: pb.Step) -> Step:
    """Return the step that ``message`` describes."""
    return Step(
        number=message.number,
        name=message.name,
        component=message.component,
        peer=or_none(message.peer),
        attempt=message.attempt,
        started_at=time_of(message, "started_at"),
        duration_ms=message.duration_ms,
        outcome=message.outcome,
        detail=or_none(message.detail),
    )


def trace_from(message: pb.Trace) -> Trace:
    """Return the trace that ``message`` describes."""
    return Trace(
        instance_id=message.instance_id,
        request_id=message.request_id,
        steps=tuple(step_from(step) for step in message.steps),
        attempts=tuple(
            Attempt(
                number=attempt.number,
                host=or_none(attempt.host),
                steps=tuple(step_from(step) for step in attempt.steps),
                fault=fault_from(attempt.fault) if attempt.HasField("fault") else None,
            )
            for attempt in message.attempts
        ),
    )


def watched_from(message: pb.WatchInstanceResponse) -> Watched:
    """Return what ``message`` tells of a watched server."""
    return Watched(
        server=server_from(message.instance),
        steps=tuple(step_from(step) for step in message.steps),
        running_action=or_none(message.running_action),
    )
