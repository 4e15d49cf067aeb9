from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.clock import NOON, FakeClock
from vmctld.compute.steps import Tracer, between, end_of, end_of_step, shown_of
from vmctld.domain.identity import StepTiming
from vmctld.domain.trace import Outcome, TracedStep
from vmctld.errors import HypervisorFailed


def test_a_step_is_measured_from_begin_to_end() -> None:
    clock = FakeClock()
    tracer = Tracer(clock, clock.monotonic)

    with tracer.step(28) as notes:
        clock.advance(2)
        notes.detail = "fake runs it"

    assert tracer.steps == [TracedStep(28, NOON, 2000.0, Outcome.DONE, "fake runs it")]


def test_a_step_that_fails_is_traced_and_the_failure_goes_on_up() -> None:
    tracer = Tracer(FakeClock())

    with pytest.raises(HypervisorFailed), tracer.step(28):
        raise HypervisorFailed("it did not start")

    (step,) = tracer.steps
    assert (step.outcome, step.detail) == (Outcome.FAILED, "it did not start")


def test_what_a_foreign_error_says_is_not_shown() -> None:
    assert shown_of(OSError("/var/lib/vmctl/x")) == "something of ours went wrong"


def test_steps_that_were_measured_elsewhere_are_taken() -> None:
    tracer = Tracer(FakeClock())

    tracer.add(between(20, NOON, NOON), between(21, NOON, NOON))

    assert [step.number for step in tracer.steps] == [20, 21]


def test_a_clock_that_goes_back_makes_no_step_shorter_than_nothing() -> None:
    assert between(20, NOON, NOON - timedelta(hours=1)).duration_ms == 0


def test_an_end_is_the_start_and_the_time_between() -> None:
    later = NOON + timedelta(milliseconds=1500)

    assert end_of(StepTiming(NOON, 1500.0)) == later
    assert end_of_step(between(20, NOON, later)) == later
