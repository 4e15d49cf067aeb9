"""Things done later, on one thread."""

from __future__ import annotations

import threading

from tests.support.bus import DEADLINE_S
from tests.support.waiting import eventually
from vmctld.bus.timer import Timer


def test_actions_run_in_the_order_in_which_they_are_due() -> None:
    timer = Timer("test")
    done: list[str] = []

    timer.after(0.1, lambda: done.append("third"))
    timer.after(0.0, lambda: done.append("first"))
    timer.after(0.0, lambda: done.append("second"))

    assert eventually(lambda: len(done) == 3)
    assert done == ["first", "second", "third"]
    timer.stop()


def test_an_action_that_fails_does_not_stop_the_others() -> None:
    timer = Timer("test")
    done = threading.Event()

    timer.after(0.0, lambda: [].pop())
    timer.after(0.0, done.set)

    assert done.wait(DEADLINE_S)
    timer.stop()


def test_a_stopped_timer_does_nothing_more_and_keeps_no_thread() -> None:
    timer = Timer("stopped-timer")
    done: list[str] = []
    timer.after(60.0, lambda: done.append("early"))

    timer.stop()
    timer.after(0.0, lambda: done.append("late"))

    assert "stopped-timer" not in [thread.name for thread in threading.enumerate()]
    assert done == []


def test_a_timer_that_was_never_used_has_no_thread() -> None:
    timer = Timer("unused-timer")

    assert "unused-timer" not in [thread.name for thread in threading.enumerate()]
    timer.stop()


def test_an_action_may_stop_its_timer() -> None:
    timer = Timer("stops-itself")

    timer.after(0.0, timer.stop)

    assert eventually(lambda: "stops-itself" not in [t.name for t in threading.enumerate()])
