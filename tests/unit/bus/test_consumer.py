"""Where callers wait, and what a message knows of itself."""

from __future__ import annotations

import threading
import time

import pytest

from tests.support.bus import DEADLINE_S, Ask, an_envelope
from vmctld.bus.consumer import Job, Slot
from vmctld.errors import NotFound, TimedOut


def test_an_answer_that_came_before_the_wait_is_there() -> None:
    slot = Slot()

    slot.give("answer")

    assert slot.wait(0.0, "a") == "answer"


def test_an_answer_wakes_who_waits_for_it() -> None:
    slot = Slot()
    threading.Timer(0.01, slot.give, ["answer"]).start()

    assert slot.wait(DEADLINE_S, "a") == "answer"


def test_nothing_is_an_answer_too() -> None:
    slot = Slot()

    slot.give(None)

    assert slot.wait(0.0, "a") is None


def test_an_error_is_raised_to_who_waits() -> None:
    slot, error = Slot(), NotFound("gone")

    slot.fail(error)

    with pytest.raises(NotFound) as raised:
        slot.wait(0.0, "a")
    assert raised.value is error


def test_who_waits_in_vain_is_told_for_whom() -> None:
    with pytest.raises(TimedOut, match=r"scheduler did not answer within 0\.01 s") as raised:
        Slot().wait(0.01, "scheduler")

    assert raised.value.retryable


def test_a_second_answer_changes_nothing() -> None:
    slot = Slot()

    slot.give("first")
    slot.give("second")
    slot.fail(NotFound("third"))

    assert slot.wait(0.0, "a") == "first"


def test_a_job_is_settled_once() -> None:
    told: list[str] = []
    job = Job(an_envelope(Ask(1)), "test", on_settled=lambda: told.append("yes"))

    job.settle()
    job.settle()

    assert told == ["yes"]


def test_a_job_knows_how_long_its_caller_waits() -> None:
    late = Job(an_envelope(Ask(1)), "test", deadline_s=time.monotonic() - 1)
    early = Job(an_envelope(Ask(1)), "test", deadline_s=time.monotonic() + 60)

    assert Job(an_envelope(Ask(1)), "test").left_s() is None
    assert (late.left_s() or 0) < 0 < (early.left_s() or 0)
