"""The 28 steps as lines: ``boot --trace`` prints them as they end, ``trace`` ever after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vmctl_cli.text import harmless

if TYPE_CHECKING:
    from vmctl_cli.client.traces import Step

WHO_WIDTH = 32
NAME_WIDTH = 36


def step_line(step: Step) -> str:
    """Return one step: number, who with whom, what, how long, what came of it."""
    took = milliseconds(step.duration_ms)
    line = (
        f"{step.number:>2}  {who(step):<{WHO_WIDTH}}  {step.name:<{NAME_WIDTH}}  {took:>11}  "
        f"{what_came_of(step)}"
    )
    return harmless(line.rstrip())


def who(step: Step) -> str:
    """Return who did the step, and with whom."""
    return f"{step.component} -> {step.peer}" if step.peer else step.component


def what_came_of(step: Step) -> str:
    """Return the outcome where it is not plain ``done``, and the detail."""
    said = {"done": "", "nothing": "nothing to do", "failed": "FAILED"}.get(
        step.outcome, step.outcome
    )
    return ": ".join(part for part in (said, step.detail or "") if part)


def milliseconds(duration_ms: float) -> str:
    """Return a duration as text, with as many digits as tell something."""
    return f"{duration_ms:,.1f} ms" if duration_ms < 1000 else f"{duration_ms / 1000:,.2f} s"
