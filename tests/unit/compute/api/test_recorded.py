from __future__ import annotations

import pytest

from tests.support.clock import NOON
from tests.support.instances import a_fault, an_instance
from tests.unit.compute.api.entries import all_entries, an_entry
from vmctld.compute.api.recorded import recorded_actions
from vmctld.domain.instance import VmState
from vmctld.domain.recorded import InstanceAction


def _asked(action: str) -> InstanceAction:
    return InstanceAction("i-1", "req-1", action, "alice", "demo", NOON, NOON)


def test_a_boot_has_ten_events_where_nova_has_one() -> None:
    (recorded,) = recorded_actions(
        an_instance(), [_asked("create")], all_entries(), show_hosts=True
    )

    assert [event.event for event in recorded.events][:3] == [
        "identity__sign_in",
        "compute_api__admit",
        "compute_api__create_entry",
    ]
    assert len(recorded.events) == 10
    assert {event.result for event in recorded.events} == {"Success"}
    assert {event.host for event in recorded.events} == {"a"}


def test_hosts_are_for_admins_only() -> None:
    (recorded,) = recorded_actions(
        an_instance(), [_asked("create")], all_entries(), show_hosts=False
    )

    assert {event.host for event in recorded.events} == {None}


@pytest.mark.parametrize(
    ("state", "result"),
    [("running", None), ("failed", "Error"), ("undone", "Error"), ("stuck", "Error")],
)
def test_how_an_action_ended_in_novas_words(state: str, result: str | None) -> None:
    entry = an_entry("spawn", state=state, fault=a_fault() if result else None, steps=())

    (recorded,) = recorded_actions(an_instance(), [_asked("create")], [entry], show_hosts=False)

    (event,) = recorded.events
    assert event.result == result
    assert event.details == (a_fault().message if result else "")


@pytest.mark.parametrize(
    ("state", "result"), [(VmState.ACTIVE, None), (VmState.DELETED, "Success")]
)
def test_a_deletion_is_one_event_that_ends_with_its_server(
    state: VmState, result: str | None
) -> None:
    instance = an_instance(vm_state=state, terminated_at=NOON, host="a")

    (recorded,) = recorded_actions(instance, [_asked("delete")], [], show_hosts=True)

    (event,) = recorded.events
    assert (event.event, event.result, event.host) == ("compute_terminate_instance", result, "a")


def test_what_has_no_events_yet_is_listed_all_the_same() -> None:
    (recorded,) = recorded_actions(an_instance(), [_asked("reboot")], [], show_hosts=True)

    assert recorded.events == ()
