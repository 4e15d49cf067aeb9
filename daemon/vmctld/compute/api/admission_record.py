"""What is written down of an admission: steps 1 to 7, and nova's ``create`` action."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from vmctld.compute import boot
from vmctld.compute.steps import between
from vmctld.domain.identity import Caller, StepTiming, Validation
from vmctld.domain.instance import Instance
from vmctld.domain.recorded import InstanceAction
from vmctld.domain.trace import Outcome, TracedStep
from vmctld.storage.repositories import journal


def admit_steps(validation: Validation, sent_at: datetime | None) -> tuple[TracedStep, ...]:
    """Return steps 3 to 5, as interceptor and client timed them."""
    asked, answered = validation.asked, validation.answered
    came = asked.started_at
    source = "from the cache" if validation.from_cache else "asked"
    return (
        between(3, min(sent_at or came, came), came, "over gRPC"),  # clocks may differ
        TracedStep(4, asked.started_at, asked.duration_ms, detail=source),
        TracedStep(
            5,
            answered.started_at,
            answered.duration_ms,
            detail="roles: " + ", ".join(sorted(validation.caller.roles)),
        ),
    )


def admission_entries(
    draft: Instance,
    validation: Validation,
    admitted: Sequence[TracedStep],
    made: Sequence[TracedStep],
    now: datetime,
) -> list[journal.JournalEntry]:
    """Return what the journal keeps of steps 1 to 7 of one instance."""
    by_action = (
        ("sign-in", _sign_in_steps(validation.caller, now)),
        ("admit", tuple(admitted)),
        ("create-entry", tuple(made)),
    )
    return [
        journal.JournalEntry(
            instance_id=draft.id,
            saga="boot",
            attempt=draft.attempt,
            action=action,
            position=boot.POSITION[action],
            state="done",
            host=None,
            started_at=steps[0].started_at,
            ended_at=now,
            fault=None,
            steps=steps,
        )
        for action, steps in by_action
    ]


def _sign_in_steps(caller: Caller, now: datetime) -> tuple[TracedStep, ...]:
    """Steps 1 and 2 were done when the token was made, and kept with it."""
    timings = caller.signed_in
    if timings is None:
        unknown = StepTiming(caller.issued_at or now, 0.0)
        timings = unknown, unknown
    details = ("the token's own sign-in", f"a token for {caller.user_name}")
    return tuple(
        TracedStep(number, timing.started_at, timing.duration_ms, Outcome.DONE, detail)
        for number, timing, detail in zip((1, 2), timings, details, strict=True)
    )


def create_action(draft: Instance) -> InstanceAction:
    """Return the recorded action that every instance begins with."""
    return InstanceAction(
        instance_id=draft.id,
        request_id=draft.request_id,
        action="create",
        user_id=draft.user_id,
        project_id=draft.project_id,
        started_at=draft.created_at,
        updated_at=draft.created_at,
    )
