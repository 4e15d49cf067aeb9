"""Every action from every state: accepted, or refused in nova's words."""

from __future__ import annotations

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.clock import FakeClock
from tests.support.instances import an_instance, keep, kept
from tests.support.recording_bus import RecordingBus
from vmctld.compute import messages as m
from vmctld.compute.api.actions import Actions, Ask
from vmctld.compute.outbox import Outbox
from vmctld.domain.instance import Instance, Lock, TaskState, VmState
from vmctld.domain.lifecycle import TRANSITIONS
from vmctld.errors import NotFound, WrongState
from vmctld.observe import context
from vmctld.storage.database import Database

# What nova's decorators say, written down apart from our own table
FROM = {
    "stop": "active error",
    "start": "stopped",
    "reboot": "active",
    "reboot --hard": "active stopped paused suspended error",
    "pause": "active",
    "unpause": "paused",
    "suspend": "active",
    "resume": "suspended",
    "softDelete": "active stopped error paused suspended rescued resized",
    "restore": "soft-delete",
    "rescue": "active stopped error",
    "unrescue": "rescued",
    "rebuild": "active stopped error",
    "resize": "active stopped",
    "confirmResize": "resized",
    "revertResize": "resized",
    "createImage": "active stopped paused suspended",
    "createBackup": "active stopped paused suspended",
    "shelve": "active stopped paused suspended",
    "shelveOffload": "shelved",
    "unshelve": "shelved shelved_offloaded",
    "attach_interface": "active paused stopped",
    "detach_interface": "active paused stopped",
    "attach_volume": "active paused stopped",
    "detach_volume": "active paused stopped",
    "extend_volume": "active paused stopped",
}
IN_SPITE_OF_LOCKS = ("createImage", "createBackup")
BROKEN_OFF_BY = {
    "reboot --hard": {
        "rebooting",
        "rebooting_hard",
        "resuming",
        "unpausing",
        "pausing",
        "suspending",
    },
    "softDelete": {task.value for task in TaskState} - {"deleting", "soft-deleting"},
}


@pytest.fixture
def actions(outbox: Outbox, bus: RecordingBus, clock: FakeClock) -> Actions:
    return Actions(outbox, bus, clock)


def _ask(action: str) -> Ask:
    return Ask(action.partition(" ")[0], hard=action.endswith("--hard"))


def _kept(database: Database, **changes: object) -> Instance:
    instance = an_instance(**{"vm_state": VmState.ACTIVE, "task_state": None, **changes})
    keep(database, instance)
    return instance


def test_the_matrix_has_every_action() -> None:
    assert {action.partition(" ")[0] for action in FROM} == set(TRANSITIONS)


@pytest.mark.parametrize("action", FROM)
def test_an_action_is_accepted_from_novas_states_and_from_no_other(
    actions: Actions, database: Database, bus: RecordingBus, action: str
) -> None:
    for state in VmState:
        instance = _kept(database, vm_state=state)
        bus.sent.clear()

        if state in FROM[action].split():
            begun = actions.begin(a_caller(), instance.id, _ask(action))

            assert begun.task is not None
            assert begun.task_state is not None
            assert (begun.vm_state, begun.task.vm_state) == (state, state)
            assert bus.sent == [("conductor", m.RunTask(instance.id, begun.task.id))]
        else:
            with pytest.raises(WrongState) as refusal:
                actions.begin(a_caller(), instance.id, _ask(action))

            assert refusal.value.message == (
                f"Cannot '{_ask(action).action}' instance {instance.id}"
                f" while it is in vm_state {state}"
            )
            assert kept(database, instance.id) == instance
            assert bus.sent == []


@pytest.mark.parametrize("action", FROM)
def test_what_is_going_on_is_broken_off_by_hard_reboots_and_deletions_alone(
    actions: Actions, database: Database, action: str
) -> None:
    for task in TaskState:
        state = VmState(FROM[action].split()[0])
        instance = _kept(database, vm_state=state, task_state=task)

        if task in BROKEN_OFF_BY.get(action, ()):
            begun = actions.begin(a_caller(), instance.id, _ask(action))

            assert begun.task_state is not task or task is TaskState.REBOOTING_HARD
        else:
            with pytest.raises(WrongState) as refusal:
                actions.begin(a_caller(), instance.id, _ask(action))

            assert refusal.value.message.endswith(f"while it is in task_state {task}")


@pytest.mark.parametrize("action", IN_SPITE_OF_LOCKS)
def test_a_lock_keeps_nobody_from_making_images(
    actions: Actions, database: Database, action: str
) -> None:
    locked = _kept(database, lock=Lock(by_admin=True, reason="exam"))

    assert actions.begin(a_caller(), locked.id, _ask(action)).task is not None


@pytest.mark.parametrize("action", [one for one in FROM if one not in IN_SPITE_OF_LOCKS])
def test_a_locked_instance_is_left_alone_by_all_but_admins(
    actions: Actions, database: Database, action: str
) -> None:
    state = VmState(FROM[action].split()[0])
    instance = _kept(database, vm_state=state, lock=Lock(by_admin=False, reason="exam"))

    with pytest.raises(WrongState) as refusal:
        actions.begin(a_caller(), instance.id, _ask(action))
    begun = actions.begin(an_admin(), instance.id, _ask(action))

    assert refusal.value.message == f"Instance {instance.id} is locked"
    assert refusal.value.code == "instance-locked"
    assert begun.task is not None


def test_a_request_that_comes_twice_is_accepted_once(
    actions: Actions, database: Database, bus: RecordingBus
) -> None:
    instance = _kept(database)

    with context.bind(request_id="req-1"):
        first = actions.begin(a_caller(), instance.id, Ask("stop"))
        again = actions.begin(a_caller(), instance.id, Ask("stop"))

    assert again == first
    assert len(bus.sent) == 1


def test_what_another_project_owns_does_not_exist(actions: Actions, database: Database) -> None:
    instance = _kept(database, project_id="other")

    with pytest.raises(NotFound):
        actions.begin(a_caller(), instance.id, Ask("stop"))
