"""One question to another service, traced as the three steps that boot-flow gives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from vmctld.compute.agent.ports import Served
from vmctld.compute.steps import Tracer, between, end_of, shown_of
from vmctld.domain.clock import Clock
from vmctld.domain.trace import Outcome
from vmctld.errors import Corrupted, Forbidden, InvalidRequest, Unauthenticated
from vmctld.observe import failpoints
from vmctld.observe.failpoints import Phase

T = TypeVar("T")
WRONG_ANSWER = (Corrupted, InvalidRequest)  # not what it says it is, or nothing to build with


def ask(
    tracer: Tracer,
    clock: Clock,
    steps: tuple[int, int, int],
    question: Callable[[], Served[T]],
    says: Callable[[T], str],
    *,
    use: Callable[[T], None] = lambda _: None,
    nothing: bool = False,
) -> T:
    """Return the answer, traced as: the question, the token's validation, the answer.

    ``use`` makes something of the answer.  An answer that is wrong by itself fails its own
    step; whatever else fails then is the asker's, as the question is.  ``says`` puts the
    answer into words; ``nothing`` when nothing was asked for.
    """
    asked, validated, answered = steps
    began = clock()
    served = _answer_of(question, tracer, clock, asked, validated)
    outcome = Outcome.NOTHING if nothing else Outcome.DONE
    timing = served.validation
    validation_began = timing.started_at if timing else began
    validation_ended = end_of(timing) if timing else began
    question_step = between(asked, began, validation_began, outcome=outcome)
    validation_step = between(validated, validation_began, validation_ended, "valid")
    try:
        use(served.value)
        failpoints.hit(str(answered), Phase.AFTER_EFFECT)
    except WRONG_ANSWER as error:
        failed = between(answered, validation_ended, clock(), error.message, Outcome.FAILED)
        tracer.add(question_step, validation_step, failed)
        raise
    except Exception as error:
        tracer.add(between(asked, began, clock(), shown_of(error), Outcome.FAILED))
        raise
    answer_step = between(answered, validation_ended, clock(), says(served.value), outcome)
    tracer.add(question_step, validation_step, answer_step)
    return served.value


def _answer_of(
    question: Callable[[], Served[T]], tracer: Tracer, clock: Clock, asked: int, validated: int
) -> Served[T]:
    """Ask; a refused token fails its validation, anything else the question."""
    began = clock()
    try:
        failpoints.hit(str(asked), Phase.BEFORE)
        return question()
    except (Unauthenticated, Forbidden) as error:
        tracer.add(between(asked, began, began))
        tracer.add(between(validated, began, clock(), error.message, Outcome.FAILED))
        raise
    except Exception as error:
        tracer.add(between(asked, began, clock(), shown_of(error), Outcome.FAILED))
        raise
