"""What is done to instances, through api, conductor, agent and driver."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.cloud import Cloud, eventually
from vmctld.domain.instance import VmState
from vmctld.domain.machine import PowerState
from vmctld.drivers.fake.driver import FakeDriver
from vmctld.errors import HypervisorFailed, WrongState


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with Cloud(tmp_path) as cloud:
        yield cloud


def _power(cloud: Cloud, instance_id: str) -> PowerState | None:
    status = cloud.drivers["host-1"].status(instance_id)
    return status.power if status else None


ENDS = {
    ("stop",): (VmState.STOPPED, PowerState.SHUTDOWN),
    ("stop", "start"): (VmState.ACTIVE, PowerState.RUNNING),
    ("reboot",): (VmState.ACTIVE, PowerState.RUNNING),
    ("pause",): (VmState.PAUSED, PowerState.PAUSED),
    ("pause", "unpause"): (VmState.ACTIVE, PowerState.RUNNING),
    ("suspend",): (VmState.SUSPENDED, PowerState.SUSPENDED),
    ("suspend", "resume"): (VmState.ACTIVE, PowerState.RUNNING),
}


@pytest.mark.parametrize("actions", ENDS, ids=" ".join)
def test_an_action_changes_the_machine_and_then_the_record(
    cloud: Cloud, actions: tuple[str, ...]
) -> None:
    instance = cloud.settled(cloud.boot().id)

    after = cloud.acted(instance.id, *actions)

    assert (after.vm_state, after.power_state) == ENDS[actions]
    assert _power(cloud, instance.id) is after.power_state
    assert after.task is None
    assert after.deadline_at is None


@pytest.mark.parametrize("before", [(), ("stop",), ("pause",), ("suspend",)], ids=" ".join)
def test_a_hard_reboot_brings_it_up_from_wherever_it_is(
    cloud: Cloud, before: tuple[str, ...]
) -> None:
    instance = cloud.settled(cloud.boot().id)
    if before:
        cloud.acted(instance.id, *before)

    cloud.act(instance.id, "reboot", hard=True)

    assert cloud.settled(instance.id).vm_state is VmState.ACTIVE
    assert _power(cloud, instance.id) is PowerState.RUNNING


def test_a_rescued_instance_runs_and_goes_back_to_its_own_disk(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot().id)

    cloud.rescue(instance.id)
    rescued = cloud.settled(instance.id)
    after = cloud.acted(instance.id, "unrescue")

    assert (rescued.status, rescued.power_state) == ("RESCUE", PowerState.RUNNING)
    assert (after.vm_state, after.power_state) == (VmState.ACTIVE, PowerState.RUNNING)
    assert list(cloud.stores.images) == [instance.id]


def test_an_action_is_recorded_with_its_parts(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot().id)

    cloud.acted(instance.id, "reboot")

    (recorded, _create) = cloud.instances.actions(an_admin(), instance.id)
    assert (recorded.action.action, recorded.action.message) == ("reboot", None)
    assert [event.event for event in recorded.events] == [
        "compute_reboot_instance",
        "compute_agent__power_off",
        "compute_agent__power_on",
    ]
    assert {event.result for event in recorded.events} == {"Success"}
    assert all(event.finished_at for event in recorded.events)


def test_an_action_that_fails_is_undone_and_says_why(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = cloud.settled(cloud.boot().id)

    def fail(_driver: FakeDriver, _instance_id: str) -> None:
        raise HypervisorFailed("no room for it", code="no-room")

    monkeypatch.setattr(FakeDriver, "suspend", fail)
    after = cloud.acted(instance.id, "suspend")

    assert after.vm_state is VmState.ACTIVE
    assert _power(cloud, instance.id) is PowerState.RUNNING
    recorded = cloud.instances.actions(a_caller(), instance.id)[0]
    assert recorded.action.message == "no-room: no room for it"
    assert recorded.events[0].result == "Error"


def test_an_action_whose_undo_fails_too_ends_in_error(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = cloud.settled(cloud.boot().id)

    def fail(_driver: FakeDriver, _instance_id: str) -> None:
        raise HypervisorFailed("its disk is gone", code="disk-gone")

    monkeypatch.setattr(FakeDriver, "start", fail)
    monkeypatch.setattr("vmctld.saga.runner.UNDO_PAUSE_S", 0.0)
    after = cloud.acted(instance.id, "reboot")

    assert after.vm_state is VmState.ERROR
    assert after.fault is not None
    assert after.fault.code == "disk-gone"


def test_a_request_that_is_sent_again_is_accepted_once(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot().id)

    from vmctld.compute.api.actions import Ask
    from vmctld.observe import context

    with context.bind(request_id="req-of-a-client"):
        for _ in range(2):
            cloud.actions.begin(a_caller(), instance.id, Ask("stop"))

    assert cloud.settled(instance.id).vm_state is VmState.STOPPED
    assert len(cloud.instances.actions(a_caller(), instance.id)) == 2


def test_a_second_action_waits_for_no_first_one_but_is_refused(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = cloud.settled(cloud.boot().id)
    go_on = _hanging(monkeypatch, "pause")
    cloud.act(instance.id, "pause")

    with pytest.raises(WrongState) as refusal:
        cloud.act(instance.id, "stop")

    go_on.set()
    assert "Cannot 'stop'" in refusal.value.message
    assert refusal.value.message.endswith("while it is in task_state pausing")
    assert cloud.settled(instance.id).vm_state is VmState.PAUSED


def test_a_hard_reboot_breaks_off_what_hangs(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = cloud.settled(cloud.boot().id)
    go_on = _hanging(monkeypatch, "pause")
    cloud.act(instance.id, "pause")

    cloud.act(instance.id, "reboot", hard=True)
    go_on.set()

    assert cloud.settled(instance.id).vm_state is VmState.ACTIVE
    eventually(lambda: _power(cloud, instance.id) is PowerState.RUNNING, "it runs")


def test_a_deletion_breaks_off_an_action(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = cloud.settled(cloud.boot().id)
    go_on = _hanging(monkeypatch, "stop")
    cloud.act(instance.id, "reboot")

    cloud.delete(instance.id)
    cloud.gone(instance.id)
    go_on.set()

    eventually(lambda: cloud.outbox_depth() == 0, "the outbox is empty")
    assert cloud.leftovers() == []


def test_an_action_that_a_dead_daemon_left_is_done_by_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drivers = {"host-1": FakeDriver()}
    with Cloud(tmp_path, drivers=dict(drivers)) as first:
        instance = first.settled(first.boot().id)
        monkeypatch.setattr(first.bus, "send", lambda *_: False)
        first.act(instance.id, "stop")

    with Cloud(tmp_path, drivers=dict(drivers)) as second:
        assert second.settled(instance.id).vm_state is VmState.STOPPED


def _hanging(monkeypatch: pytest.MonkeyPatch, verb: str) -> threading.Event:
    """Have the driver's next ``verb`` wait for the event."""
    go_on = threading.Event()
    original = getattr(FakeDriver, verb)

    def wait(driver: FakeDriver, *arguments: object) -> None:
        go_on.wait(10)
        monkeypatch.setattr(FakeDriver, verb, original)
        original(driver, *arguments)

    monkeypatch.setattr(FakeDriver, verb, wait)
    return go_on
