from __future__ import annotations

from tests.support.instances import a_fault, an_instance
from tests.unit.compute.api.entries import all_entries, an_entry
from vmctld.compute import boot
from vmctld.compute.api.trace import news_of, trace_of


def test_a_whole_boot_has_its_28_steps_with_who_did_them() -> None:
    trace = trace_of(an_instance(), all_entries())

    assert [step.number for step in trace.last.steps] == list(range(1, 29))
    assert [step.component for step in trace.last.steps] == [
        boot.STEPS[number].component for number in range(1, 29)
    ]
    assert trace.last.host == "a"
    assert trace.earlier == ()


def test_the_first_steps_belong_to_every_attempt() -> None:
    entries = [*all_entries(1, "a"), an_entry("place", 2, host="b")]

    trace = trace_of(an_instance(attempt=2), entries)

    assert (trace.last.number, trace.last.host) == (2, "b")
    assert [step.number for step in trace.last.steps] == list(range(1, 12))
    assert [(attempt.number, attempt.host) for attempt in trace.earlier] == [(1, "a")]
    assert len(trace.earlier[0].steps) == 28


def test_an_attempt_says_why_it_failed() -> None:
    failed = an_entry("spawn", fault=a_fault(), host="a", state="undone")

    assert trace_of(an_instance(), [failed]).last.fault == a_fault()


def test_news_are_told_once() -> None:
    told: set[tuple[int, int]] = set()
    begun = [an_entry("place"), an_entry("fetch-image", state="running", steps=())]

    first = news_of(an_instance(), begun, told)
    again = news_of(an_instance(), begun, told)

    assert [step.number for step in first.steps] == [8, 9, 10, 11]
    assert first.running_action == "fetch-image"
    assert again.steps == ()


def test_the_same_step_of_the_next_attempt_is_news() -> None:
    told: set[tuple[int, int]] = set()
    news_of(an_instance(), [an_entry("place", 1)], told)

    news = news_of(an_instance(), [an_entry("place", 1), an_entry("place", 2)], told)

    assert {step.attempt for step in news.steps} == {2}
    assert news.running_action is None
