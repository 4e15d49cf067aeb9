from __future__ import annotations

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.clock import FakeClock
from tests.support.instances import an_instance, keep, kept
from tests.support.recording_bus import RecordingBus
from vmctld.compute.api.actions import Actions, Ask
from vmctld.compute.api.deletion import Deletion
from vmctld.compute.api.marks import Marks
from vmctld.compute.outbox import Outbox
from vmctld.domain.instance import Instance, Lock, TaskState, VmState
from vmctld.errors import Forbidden, InvalidRequest, WrongState
from vmctld.observe import context
from vmctld.storage.database import Database
from vmctld.storage.repositories import actions


@pytest.fixture
def marks(outbox: Outbox, bus: RecordingBus, clock: FakeClock) -> Marks:
    return Marks(outbox, bus, clock)


def _kept(database: Database, **changes: object) -> Instance:
    instance = an_instance(**{"vm_state": VmState.ACTIVE, "task_state": None, **changes})
    keep(database, instance)
    return instance


def _recorded(database: Database, instance: Instance) -> list[str]:
    with database.read() as tx:
        return [one.action for one in actions.of_instance(tx, instance.id)]


def test_an_owner_locks_with_a_reason_and_unlocks(marks: Marks, database: Database) -> None:
    instance = _kept(database)

    with context.bind(request_id="req-1"):
        locked = marks.lock(a_caller(), "web", " an exam runs ")
        unlocked = marks.unlock(a_caller(), "web")

    assert locked.lock == Lock(by_admin=False, reason="an exam runs")
    assert unlocked.lock is None
    assert sorted(_recorded(database, instance)) == ["lock", "unlock"]


def test_an_admins_lock_is_an_admins_to_take_off(marks: Marks, database: Database) -> None:
    instance = _kept(database, project_id="demo")
    marks.lock(an_admin(), instance.id, "")

    with pytest.raises(Forbidden) as refusal:
        marks.unlock(a_caller(), instance.id)
    with pytest.raises(Forbidden):
        marks.lock(a_caller(), instance.id, "mine now")

    assert refusal.value.code == "locked-by-admin"
    assert marks.unlock(an_admin(), instance.id).lock is None


def test_a_locked_instance_is_not_deleted_by_its_owner(
    marks: Marks, database: Database, outbox: Outbox, bus: RecordingBus, clock: FakeClock
) -> None:
    instance = _kept(database)
    deletion = Deletion(outbox, bus, clock)
    marks.lock(a_caller(), instance.id, "")

    with pytest.raises(WrongState) as refusal:
        deletion.delete(a_caller(), instance.id, all_projects=False)

    assert refusal.value.message == f"Instance {instance.id} is locked"
    assert kept(database, instance.id).task_state is None


@pytest.mark.parametrize("reason", ["x" * 256, "two\nlines"])
def test_a_reason_is_one_line_that_is_not_endless(
    marks: Marks, database: Database, reason: str
) -> None:
    instance = _kept(database)

    with pytest.raises(InvalidRequest):
        marks.lock(a_caller(), instance.id, reason)


@pytest.mark.parametrize("state", [VmState.PAUSED, VmState.ERROR, VmState.STOPPED])
def test_an_admin_sets_a_state_by_hand(marks: Marks, database: Database, state: VmState) -> None:
    instance = _kept(database, vm_state=state)

    failed = marks.reset_state(an_admin(), instance.id, active=False)
    mended = marks.reset_state(an_admin(), instance.id, active=True)

    assert failed.vm_state is VmState.ERROR
    assert failed.fault is not None
    assert failed.fault.code == "state-reset"
    assert (mended.vm_state, mended.fault) == (VmState.ACTIVE, None)


def test_a_state_set_by_hand_breaks_off_what_goes_on(
    marks: Marks, database: Database, outbox: Outbox, bus: RecordingBus, clock: FakeClock
) -> None:
    instance = _kept(database)
    Actions(outbox, bus, clock).begin(a_caller(), instance.id, Ask("stop"))

    reset = marks.reset_state(an_admin(), instance.id, active=True)

    assert (reset.task, reset.task_state, reset.deadline_at) == (None, None, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"vm_state": VmState.BUILDING, "task_state": TaskState.SPAWNING},
        {"task_state": TaskState.DELETING},
    ],
    ids=["building", "deleting"],
)
def test_what_is_built_or_deleted_is_not_set_by_hand(
    marks: Marks, database: Database, changes: dict[str, object]
) -> None:
    instance = _kept(database, **changes)

    with pytest.raises(WrongState):
        marks.reset_state(an_admin(), instance.id, active=True)

    assert kept(database, instance.id) == instance


def test_states_are_set_by_admins_alone(marks: Marks, database: Database) -> None:
    instance = _kept(database)

    with pytest.raises(Forbidden):
        marks.reset_state(a_caller(), instance.id, active=True)
