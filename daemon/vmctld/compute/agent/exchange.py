"""One question to another service, traced as the three steps that boot-flow gives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from vmctld.compute.agent.ports import Served
from vmctld.compute.steps import Tracer, between, end_of, shown_of
from vmctld.domain.clock import Clock
from vmctld.domain.trace import Outcome
from vmctld.errors import Forbidden, Unauthenticated
from vmctld.observe import failpoints
from vmctld.observe.failpoints import Phase

T = TypeVar("T")


def ask(
    tracer: Tracer,
    clock: Clock,
    steps: tuple[int, int, int],
    question: Callable[[], Served[T]],
    says: Callable[[T], str],
    *,
    nothing: bool = False,
) -> T:
    """Return the answer, traced as: the question, the token's validation, the answer.

    ``says`` puts the answer into words; ``nothing`` when nothing was asked for.
    """
    asked, validated, answered = steps
    began = clock()
    try:
        failpoints.hit(str(asked), Phase.BEFORE)
        served = question()
        failpoints.hit(str(answered), Phase.AFTER_EFFECT)
    except (Unauthenticated, Forbidden) as error:
        tracer.add(between(asked, began, began))
        tracer.add(between(validated, began, clock(), error.message, Outcome.FAILED))
        raise
    except Exception as error:
        tracer.add(between(asked, began, clock(), shown_of(error), Outcome.FAILED))
        raise
    ended = clock()
    outcome = Outcome.NOTHING if nothing else Outcome.DONE
    timing = served.validation
    validation_began = timing.started_at if timing else began
    validation_ended = end_of(timing) if timing else began
    tracer.add(
        between(asked, began, validation_began, outcome=outcome),
        between(validated, validation_began, validation_ended, "valid"),
        between(answered, validation_ended, ended, says(served.value), outcome),
    )
    return served.value
