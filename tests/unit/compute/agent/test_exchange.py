from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest

from tests.support.clock import NOON, FakeClock
from vmctld.compute.agent.exchange import ask
from vmctld.compute.agent.ports import Served
from vmctld.compute.steps import Tracer
from vmctld.domain.identity import StepTiming
from vmctld.domain.trace import Outcome
from vmctld.errors import Corrupted, Exhausted, Forbidden, Unavailable

STEPS = (22, 23, 24)


def _ask(
    clock: FakeClock, served: Served[str] | Exception, *, nothing: bool = False
) -> list[tuple[int, float, Outcome, str]]:
    tracer = Tracer(clock)

    def question() -> Served[str]:
        clock.advance(3)
        if isinstance(served, Exception):
            raise served
        return served

    with contextlib.suppress(Forbidden, Unavailable):
        ask(tracer, clock, STEPS, question, lambda value: f"got {value}", nothing=nothing)
    return [(s.number, s.duration_ms, s.outcome, s.detail) for s in tracer.steps]


def test_a_question_its_validation_and_its_answer_share_the_time() -> None:
    validation = StepTiming(NOON + timedelta(seconds=1), 1000.0)

    assert _ask(FakeClock(), Served("ports", validation)) == [
        (22, 1000.0, Outcome.DONE, ""),
        (23, 1000.0, Outcome.DONE, "valid"),
        (24, 1000.0, Outcome.DONE, "got ports"),
    ]


def test_a_service_that_does_not_say_how_long_it_validated_took_no_time_for_it() -> None:
    steps = _ask(FakeClock(), Served("ports", None))

    assert [step[1] for step in steps] == [0.0, 0.0, 3000.0]


def test_where_nothing_was_asked_for_the_token_is_validated_all_the_same() -> None:
    steps = _ask(FakeClock(), Served("nothing", None), nothing=True)

    assert [step[2] for step in steps] == [Outcome.NOTHING, Outcome.DONE, Outcome.NOTHING]


def test_a_refused_token_fails_the_validation() -> None:
    steps = _ask(FakeClock(), Forbidden("not yours"))

    assert steps == [
        (22, 0.0, Outcome.DONE, ""),
        (23, 3000.0, Outcome.FAILED, "not yours"),
    ]


def test_any_other_failure_fails_the_question() -> None:
    assert _ask(FakeClock(), Unavailable("away")) == [(22, 3000.0, Outcome.FAILED, "away")]


def test_what_is_wrong_with_an_answer_fails_the_answers_step() -> None:
    tracer = Tracer(FakeClock())

    def use(_answer: str) -> None:
        raise Corrupted("the checksum is another")

    with pytest.raises(Corrupted):
        ask(tracer, FakeClock(), STEPS, lambda: Served("data", None), str, use=use)

    assert [(step.number, step.outcome, step.detail) for step in tracer.steps] == [
        (22, Outcome.DONE, ""),
        (23, Outcome.DONE, "valid"),
        (24, Outcome.FAILED, "the checksum is another"),
    ]


def test_what_fails_the_asker_with_a_good_answer_fails_the_question() -> None:
    tracer = Tracer(FakeClock())

    def use(_answer: str) -> None:
        raise Exhausted("the disk is full")

    with pytest.raises(Exhausted):
        ask(tracer, FakeClock(), STEPS, lambda: Served("data", None), str, use=use)

    assert [(step.number, step.outcome) for step in tracer.steps] == [(22, Outcome.FAILED)]


def test_the_answer_is_handed_over() -> None:
    tracer = Tracer(FakeClock())

    answer = ask(tracer, FakeClock(), STEPS, lambda: Served(42, None), str)

    assert answer == 42


def test_a_failure_goes_on_up() -> None:
    def fail() -> Served[str]:
        raise Unavailable("away")

    with pytest.raises(Unavailable):
        ask(Tracer(FakeClock()), FakeClock(), STEPS, fail, str)
