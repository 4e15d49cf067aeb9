from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.clock import NOON, FakeClock
from tests.support.instances import a_fault, an_instance, keep, kept
from tests.support.recording_bus import RecordingBus
from tests.unit.compute.conductor.parts import Parts
from vmctld.compute import messages as m
from vmctld.compute.conductor.sweep import GRACE_S, SILENT_S, Sweep
from vmctld.compute.outbox import Outbox
from vmctld.domain.instance import Instance, Task, TaskState, VmState
from vmctld.domain.lifecycle import transition_of
from vmctld.domain.machine import PowerState
from vmctld.errors import Forbidden
from vmctld.saga.journal import ActionState
from vmctld.storage.database import Database
from vmctld.storage.repositories import instances, journal

STOP = Task("task-1", "stop", "req-1", VmState.ACTIVE)
RECORD = m.ActionRecord("power-off", ActionState.DONE)
DONE = m.TaskDone("", "task-1", RECORD, PowerState.SHUTDOWN, None, "tcg")


@pytest.fixture
def instance(database: Database, parts: Parts) -> Instance:
    instance = an_instance(
        host="a",
        vm_state=VmState.ACTIVE,
        task_state=TaskState.POWERING_OFF,
        task=STOP,
        deadline_at=NOON + timedelta(seconds=180),
    )
    keep(database, instance)
    return instance


def _states(database: Database, instance: Instance) -> dict[str, str]:
    with database.read() as tx:
        return {e.action: e.state for e in journal.everything_of(tx, instance.id)}


def test_an_accepted_action_is_sent_to_its_host_and_begun_in_the_journal(
    parts: Parts, database: Database, bus: RecordingBus, instance: Instance
) -> None:
    parts.say(m.RunTask(instance.id, "task-1"), "compute-api")

    assert bus.sent == [("agent.a", m.DoTask(instance))]
    assert _states(database, instance) == {"compute_stop_instance": "running"}


def test_an_action_that_is_over_is_sent_to_nobody(
    parts: Parts, bus: RecordingBus, instance: Instance
) -> None:
    parts.say(m.RunTask(instance.id, "task-0"), "compute-api")
    parts.say(m.RunTask("nobody", "task-1"), "compute-api")

    assert bus.sent == []


def test_an_action_without_a_host_fails_and_changes_nothing(
    parts: Parts, database: Database, bus: RecordingBus, instance: Instance
) -> None:
    with database.write() as tx:
        tx.exec_driver_sql("UPDATE instances SET host = NULL")

    parts.say(m.RunTask(instance.id, "task-1"), "compute-api")

    after = kept(database, instance.id)
    assert (after.vm_state, after.task, after.fault) == (VmState.ACTIVE, None, None)
    assert bus.sent == []


def test_agents_do_not_ask_for_actions(parts: Parts, instance: Instance) -> None:
    with pytest.raises(Forbidden):
        parts.say(m.RunTask(instance.id, "task-1"))


def test_a_boundary_is_written_while_the_task_is_the_hosts(
    parts: Parts, database: Database, instance: Instance
) -> None:
    running = (m.ActionRecord("power-off", ActionState.RUNNING),)

    mine = parts.say(m.RecordTask(instance.id, "task-1", running))
    others = parts.say(m.RecordTask(instance.id, "task-1", running), "agent.b")
    stale = parts.say(m.RecordTask(instance.id, "task-0", running))

    assert mine == m.ProgressAnswer(True)
    assert others == stale == m.ProgressAnswer(False, leave=True)
    assert _states(database, instance) == {"power-off": "running"}


def test_what_is_done_is_recorded_once(
    parts: Parts, database: Database, instance: Instance
) -> None:
    done = replace(DONE, instance_id=instance.id)
    parts.say(m.RunTask(instance.id, "task-1"), "compute-api")

    first, again = parts.say(done), parts.say(done)

    after = kept(database, instance.id)
    assert (after.vm_state, after.power_state) == (VmState.STOPPED, PowerState.SHUTDOWN)
    assert (after.task, after.task_state, after.deadline_at) == (None, None, None)
    assert _states(database, instance) == {"compute_stop_instance": "done", "power-off": "done"}
    assert first == m.ProgressAnswer(True)
    assert again == m.ProgressAnswer(False, leave=True)


def test_a_late_word_does_not_undo_a_deletion(
    parts: Parts, database: Database, instance: Instance
) -> None:
    with database.write() as tx:
        assert instances.begin_delete(tx, instance.id, NOON)

    answer = parts.say(replace(DONE, instance_id=instance.id))

    assert answer == m.ProgressAnswer(False, leave=True)
    assert kept(database, instance.id).task_state is TaskState.DELETING


@pytest.mark.parametrize(
    ("undone", "state"), [(True, VmState.ACTIVE), (False, VmState.ERROR)], ids=["undone", "stuck"]
)
def test_what_failed_is_as_before_if_it_was_undone_and_else_in_error(
    parts: Parts, database: Database, instance: Instance, undone: bool, state: VmState
) -> None:
    fault = a_fault(step=0)
    records = (m.ActionRecord("power-off", ActionState.FAILED),)

    parts.say(m.TaskFailed(instance.id, "task-1", records, fault, undone))

    after = kept(database, instance.id)
    assert (after.vm_state, after.fault) == (state, None if undone else fault)
    assert after.task is None
    assert _states(database, instance)["compute_stop_instance"] == "failed"


def test_only_the_own_host_fails_an_action(
    parts: Parts, database: Database, instance: Instance
) -> None:
    parts.say(m.TaskFailed(instance.id, "task-1", (), a_fault(), True), "agent.b")

    assert kept(database, instance.id) == instance


@pytest.fixture
def sweep(database: Database, outbox: Outbox, bus: RecordingBus, clock: FakeClock) -> Sweep:
    return Sweep(database, outbox, bus, clock, elapsed=clock.monotonic)


def test_an_action_of_which_nothing_is_heard_is_asked_for_again(
    sweep: Sweep, bus: RecordingBus, clock: FakeClock, instance: Instance
) -> None:
    sweep.sweep()
    assert bus.sent == []

    clock.advance(SILENT_S + 1)
    sweep.sweep()
    sweep.sweep()

    assert bus.sent == [("conductor", m.RunTask(instance.id, "task-1"))]


def test_an_action_that_does_not_end_by_its_deadline_is_given_up(
    sweep: Sweep, database: Database, clock: FakeClock, instance: Instance
) -> None:
    sweep.sweep()
    clock.advance(transition_of("stop").timeout_s + GRACE_S + 1)
    sweep.sweep()

    after = kept(database, instance.id)
    assert after.vm_state is VmState.ERROR
    assert after.task is None
    assert after.fault is not None
    assert after.fault.code == "action-timed-out"
