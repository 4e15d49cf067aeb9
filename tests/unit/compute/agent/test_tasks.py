from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.clock import NOON
from tests.unit.compute.agent.parts import OneAgent
from vmctld.compute import messages as m
from vmctld.domain.instance import Instance, Task, VmState
from vmctld.domain.lifecycle import transition_of
from vmctld.domain.machine import PowerState
from vmctld.errors import HypervisorFailed
from vmctld.observe import context
from vmctld.saga import runner
from vmctld.saga.journal import ActionState


def _told(one: OneAgent, action: str, state: VmState = VmState.ACTIVE, **how: Any) -> Instance:
    """Have the agent build its instance and then do a task on it."""
    task = Task("task-1", action, "req-1", state, **how)
    instance = replace(one.instance, task=task, deadline_at=NOON + timedelta(minutes=9))
    one.say(m.DoTask(instance), "task")
    return instance


@pytest.fixture
def built(one: OneAgent) -> OneAgent:
    one.build()
    one.settled.clear()
    return one


def test_a_task_is_done_told_and_settled(built: OneAgent) -> None:
    instance = _told(built, "stop")

    (done,) = built.bus.told_of(m.TaskDone)
    assert (done.instance_id, done.task_id, done.power) == (
        instance.id,
        "task-1",
        PowerState.SHUTDOWN,
    )
    assert built.settled == ["task"]


def test_each_part_begins_with_a_word_to_the_conductor(built: OneAgent) -> None:
    _told(built, "reboot")

    told = [
        [(record.action, record.state) for record in asked.records]
        for asked in built.bus.told_of(m.RecordTask)
    ]
    assert told == [
        [("power-off", ActionState.RUNNING)],
        [("power-off", ActionState.DONE), ("power-on", ActionState.RUNNING)],
    ]


def test_a_task_that_is_nobodys_any_more_touches_nothing(built: OneAgent) -> None:
    before = built.driver.machines()
    built.bus.task_progress = m.ProgressAnswer(False, leave=True)

    for how in ({}, {"hard": True}):
        _told(built, "reboot", **how)

    assert built.driver.machines() == before
    assert built.bus.told_of(m.TaskDone) == []
    assert built.settled == ["task", "task"]


def test_a_task_that_fails_is_undone_and_told(
    built: OneAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = iter([HypervisorFailed("no room", code="no-room"), None])
    start = built.driver.start

    def fail_once(instance_id: str) -> object:
        error = next(starts)
        if error is not None:
            raise error
        return start(instance_id)

    monkeypatch.setattr(built.driver, "start", fail_once)
    _told(built, "reboot")

    (failed,) = built.bus.told_of(m.TaskFailed)
    assert (failed.fault.code, failed.fault.step, failed.undone) == ("no-room", 0, True)
    assert [record.state for record in failed.records] == [ActionState.UNDONE] * 2
    (status,) = built.driver.machines()
    assert status.power is PowerState.RUNNING


def test_a_task_whose_undo_fails_says_so(built: OneAgent, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_instance_id: str) -> None:
        raise HypervisorFailed("its disk is gone")

    monkeypatch.setattr(built.driver, "start", fail)
    _told(built, "reboot")

    (failed,) = built.bus.told_of(m.TaskFailed)
    assert not failed.undone
    assert len(built.pauses) == runner.UNDO_TRIES - 1


def test_a_message_that_comes_twice_is_done_once_and_both_are_settled(built: OneAgent) -> None:
    built.desk.holds = True
    for _ in range(2):
        _told(built, "stop")
    (job,) = built.desk.jobs

    job()

    assert built.settled == ["task", "task"]
    assert len(built.bus.told_of(m.TaskDone)) == 1


def test_a_machine_that_ended_while_its_start_was_told_is_told_again(
    built: OneAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    built.driver.stop(built.instance.id, 0)
    record = built.bus.call

    def ends_meanwhile(address: str, message: object, *, timeout_s: float) -> object:
        answer = record(address, message, timeout_s=timeout_s)
        if isinstance(message, m.TaskDone):
            built.driver.stop(built.instance.id, 0)
        return answer

    monkeypatch.setattr(built.bus, "call", ends_meanwhile)
    _told(built, "start", VmState.STOPPED)

    assert built.bus.told_of(m.PowerChanged) == [
        m.PowerChanged(built.instance.id, PowerState.SHUTDOWN)
    ]


@pytest.mark.parametrize("years", [10, -10])
def test_a_wall_clock_that_jumps_gives_a_task_neither_more_time_nor_less(
    built: OneAgent, monkeypatch: pytest.MonkeyPatch, years: int
) -> None:
    left: list[float | None] = []
    stop = built.driver.stop

    def look(instance_id: str, timeout_s: float) -> None:
        left.append(context.remaining_s())
        stop(instance_id, timeout_s)

    monkeypatch.setattr(built.driver, "stop", look)
    built.clock.jump(days=365 * years)

    _told(built, "stop")

    assert left == [pytest.approx(transition_of("stop").timeout_s, abs=5)]
