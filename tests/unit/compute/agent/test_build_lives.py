"""A build whose message, agent, conductor or clock does not do what it should."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.cloud import TINY, FakeServices
from tests.support.instances import a_fault
from tests.unit.compute.agent.parts import OneAgent
from tests.unit.compute.agent.told import failure_of
from vmctld.compute import messages as m
from vmctld.errors import (
    HypervisorFailed,
    Internal,
    TimedOut,
    Unavailable,
)
from vmctld.observe import context
from vmctld.saga.runner import Interrupted


def test_a_build_that_is_called_off_is_undone_and_not_reported(one: OneAgent) -> None:
    one.bus.progress = lambda progress: m.ProgressAnswer(
        progress.records[-1].action != "connect-volumes"
    )

    one.build()

    assert one.leftovers() == []
    assert one.bus.told_of(m.BuildFailed) == []
    assert one.settled == ["settled"]


def test_a_machine_that_nobody_wants_any_more_is_unmade(one: OneAgent) -> None:
    one.bus.wants_it = False

    one.build()

    assert one.leftovers() == []


def test_a_build_that_another_life_of_the_agent_finished_is_left_alone(one: OneAgent) -> None:
    one.build()
    made = one.leftovers()
    one.bus.progress = lambda _: m.ProgressAnswer(False, leave=True)
    one.agent = one.new_agent()

    one.build()

    assert one.leftovers() == made
    assert len(one.bus.told_of(m.BuildFailed)) == 0


def test_a_build_that_fails_after_another_life_finished_it_undoes_nothing(one: OneAgent) -> None:
    one.build()
    made = one.leftovers()
    one.agent = one.new_agent()
    one.bus.progress = lambda progress: m.ProgressAnswer(
        progress.records[-1].state != "failed", leave=progress.records[-1].state == "failed"
    )

    def fail(name: str) -> None:
        if name == "ensure-ports":
            raise HypervisorFailed("broken")

    one.stores.before = fail

    one.build()

    assert one.leftovers() == made


def test_a_failure_is_written_down_before_anything_is_undone(one: OneAgent) -> None:
    undone: list[str] = []

    def fail(name: str) -> None:
        if name == "ensure-ports":
            raise HypervisorFailed("broken")
        if name == "release-ports":
            undone.extend(r.state for r in one.bus.told_of(m.RecordProgress)[-1].records)

    one.stores.before = fail

    one.build()

    assert undone == ["failed"]


def test_a_failure_that_cannot_be_told_undoes_nothing_and_the_build_is_tried_again(
    one: OneAgent,
) -> None:
    failures: list[Exception] = [HypervisorFailed("broken")]

    def fail(name: str) -> None:
        if name == "ensure-ports" and failures:
            one.bus.failures = {m.RecordProgress: [TimedOut("lost")] * 6}
            raise failures.pop()

    one.stores.before = fail
    one.desk.holds = True
    one.build()

    with pytest.raises(TimedOut):
        one.desk.jobs[0]()
    held = [*one.stores.images]
    one.desk.jobs[0]()

    assert held == [one.instance.id]
    assert one.settled == ["settled"]
    assert len(one.driver.machines()) == 1


def test_what_an_earlier_life_had_begun_to_undo_is_undone_to_the_end(one: OneAgent) -> None:
    one.build()
    one.agent = one.new_agent()
    one.bus.load = {"unwinding": True}

    one.build()

    assert one.leftovers() == []
    assert failure_of(one).fault.code == "build-interrupted"


def test_a_build_that_nobody_may_do_is_undone_with_the_conductors_own_reason(
    one: OneAgent,
) -> None:
    one.build()
    one.agent = one.new_agent()
    one.bus.load = {"unwinding": True, "refusal": a_fault(code="user-gone", step=17)}

    one.build()

    assert one.leftovers() == []
    assert failure_of(one).fault.code == "user-gone"
    assert not failure_of(one).elsewhere


def test_what_another_life_finished_is_not_undone_for_a_refusal_that_came_late(
    one: OneAgent,
) -> None:
    one.build()
    made = one.leftovers()
    one.agent = one.new_agent()
    one.bus.load = {"unwinding": True, "refusal": a_fault(code="user-gone", step=17)}
    one.bus.progress = lambda _: m.ProgressAnswer(False, leave=True)

    one.build()

    assert one.leftovers() == made
    assert one.bus.told_of(m.BuildFailed) == []


def test_a_resumed_build_that_fails_early_undoes_what_its_earlier_life_made(one: OneAgent) -> None:
    one.build()
    one.agent = one.new_agent()
    one.bus.load = {"resumed": True}

    def fail(name: str) -> None:
        if name == "locate-image":
            raise HypervisorFailed("broken")

    one.stores.before = fail

    one.build()

    assert one.leftovers() == []


def test_the_deadline_binds_what_is_done_and_not_what_is_undone(one: OneAgent) -> None:
    left: dict[str, float | None] = {}

    def look(name: str) -> None:
        if name == "locate-image":
            one.clock.advance(301)
        left[name] = context.remaining_s()
        if name == "ensure-ports":
            context.check_deadline("allocating ports")

    one.stores.before = look

    one.build()

    assert failure_of(one).fault.code == TimedOut.default_code
    assert left["ensure-ports"] == 0
    assert left["release-ports"] is None
    assert one.leftovers() == []


@pytest.mark.parametrize("years", [10, -10])
def test_a_wall_clock_that_jumps_gives_a_build_neither_more_time_nor_less(
    one: OneAgent, years: int
) -> None:
    left: dict[str, float | None] = {}

    def look(name: str) -> None:
        if name == "locate-image":
            one.clock.jump(days=365 * years)
            one.clock.advance(10)
        left[name] = context.remaining_s()

    one.stores.before = look

    one.build()

    assert one.bus.told_of(m.BuildFailed) == []
    assert left["ensure-ports"] == pytest.approx(290, abs=5)


def test_an_undo_that_is_stuck_is_reported_as_such(one: OneAgent) -> None:
    def fail(name: str) -> None:
        if name in ("ensure-ports", "release-ports"):
            raise HypervisorFailed("broken")

    one.stores.before = fail

    one.build()

    states = {record.action: record.state for record in failure_of(one).records}
    assert states == {"fetch-image": "undone", "allocate-ports": "stuck"}
    assert one.pauses == [0.2, 0.4, 0.8, 1.6]


def test_a_question_or_an_answer_that_was_lost_is_asked_for_again(one: OneAgent) -> None:
    one.bus.failures = {
        m.LoadInstance: [TimedOut("lost"), Unavailable("away")],
        m.BuildSucceeded: [TimedOut("lost")],
    }

    one.build()

    assert len(one.driver.machines()) == 1
    assert one.pauses == [0.5, 1.0, 0.5]
    assert one.settled == ["settled"]


def test_a_conductor_that_stays_away_leaves_the_build_to_be_tried_again(one: OneAgent) -> None:
    one.bus.failures = {m.LoadInstance: [TimedOut("lost")] * 6}

    with pytest.raises(TimedOut):
        one.build()

    assert one.settled == []


def test_a_build_that_is_tried_again_says_how_long_it_has_been_tried(one: OneAgent) -> None:
    one.bus.failures = {m.BuildSucceeded: [Internal("broken")]}
    one.desk.holds = True
    one.build()
    with pytest.raises(Internal):
        one.desk.jobs[0]()
    one.clock.advance(40)

    one.desk.jobs[0]()
    one.build()
    one.desk.jobs[1]()

    spent = [asked.spent_s for asked in one.bus.told_of(m.LoadInstance)]
    assert spent == [0.0, 40.0, 0.0]
    slots = [asked.dispatch[1].detail for asked in one.bus.told_of(m.LoadInstance)]
    assert slots[1] == slots[0]


def test_a_bus_that_closes_is_not_asked_again(one: OneAgent) -> None:
    one.bus.failures = {m.LoadInstance: [Unavailable("stopping", code="bus-closed")]}

    with pytest.raises(Unavailable):
        one.build()

    assert one.pauses == []


def test_a_build_stops_between_two_actions_when_the_daemon_does(one: OneAgent) -> None:
    def stop(name: str) -> None:
        one.desk.is_closed = True

    one.stores.after = stop

    with pytest.raises(Interrupted):
        one.build()

    assert one.stores.calls["ensure-ports"] == 0
    assert one.stores.images
    assert one.settled == []


def test_an_image_that_does_not_fit_any_more_fails_the_build(one: OneAgent) -> None:
    class Grown(FakeServices):
        def locate(self, image_id):  # type: ignore[no-untyped-def]
            served = super().locate(image_id)
            grown = replace(TINY, virtual_size_bytes=2 * 2**30)
            return replace(served, value=replace(served.value, image=grown))

    one.services.__class__ = Grown

    one.build()

    assert failure_of(one).fault.code == "flavor-disk-too-small"
    assert one.leftovers() == []
