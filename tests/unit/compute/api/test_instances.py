from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.clock import NOON
from tests.support.cloud import eventually
from tests.support.instances import an_instance, keep, keep_hosts
from tests.support.recording_bus import RecordingBus
from tests.unit.compute.api.entries import all_entries
from vmctld.compute.api.instances import Instances
from vmctld.compute.api.watch import Watchers
from vmctld.compute.messages import InstanceChanged
from vmctld.domain.instance import Instance, VmState
from vmctld.domain.instance_list import InstanceListRequest
from vmctld.domain.paging import Page
from vmctld.domain.placement import Decision
from vmctld.domain.recorded import InstanceAction
from vmctld.errors import Conflict, Forbidden, InvalidRequest, NotFound
from vmctld.storage.database import Database
from vmctld.storage.repositories import actions, decisions, instances, journal


@pytest.fixture
def api(database: Database, bus: RecordingBus) -> Instances:
    return Instances(database, Watchers(bus))


def _kept(database: Database, **changes: Any) -> Instance:
    instance = an_instance(**changes)
    keep(database, instance)
    return instance


def test_an_instance_is_found_by_id_and_by_name(api: Instances, database: Database) -> None:
    instance = _kept(database)

    assert api.get(a_caller(), instance.id) == instance
    assert api.get(a_caller(), instance.id.upper().replace("-", "")) == instance
    assert api.get(a_caller(), " web ") == instance


@pytest.mark.parametrize(
    ("changes", "zone"),
    [
        ({"host": "a"}, "nova"),
        ({"host": "forgotten"}, None),
        ({"host": "a", "availability_zone": "asked"}, "asked"),
        ({}, None),
    ],
)
def test_an_instance_is_shown_in_the_zone_of_its_host(
    api: Instances, database: Database, changes: dict[str, Any], zone: str | None
) -> None:
    keep_hosts(database, "a")
    instance = _kept(database, **changes)

    assert api.shown(a_caller(), instance.id).availability_zone == zone


def test_a_deleted_instance_is_found_by_id_only(api: Instances, database: Database) -> None:
    instance = _kept(database, vm_state=VmState.DELETED)

    assert api.get(a_caller(), instance.id).id == instance.id
    with pytest.raises(NotFound):
        api.get(a_caller(), "web")


def test_what_another_project_owns_does_not_exist(api: Instances, database: Database) -> None:
    instance = _kept(database, project_id="other")

    for reference in (instance.id, "web"):
        with pytest.raises(NotFound):
            api.get(a_caller(), reference, all_projects=True)
    assert api.get(an_admin(), instance.id) == instance
    assert api.get(an_admin(), "web", all_projects=True) == instance


def test_a_name_that_means_two_lists_them(api: Instances, database: Database) -> None:
    _kept(database)
    _kept(database)

    with pytest.raises(Conflict):
        api.get(a_caller(), "web")


def test_pages_go_on_where_the_last_one_ended(api: Instances, database: Database) -> None:
    made = [_kept(database, created_at=NOON + timedelta(seconds=n)).id for n in range(5)]

    seen: list[str] = []
    marker: str | None = None
    while True:
        page, marker = api.page(a_caller(), InstanceListRequest(Page(2, marker)))
        seen += [one.id for one in page]
        if marker is None:
            break

    assert seen == list(reversed(made))


def test_an_unknown_marker_is_refused(api: Instances) -> None:
    with pytest.raises((NotFound, InvalidRequest)) as refused:
        api.page(a_caller(), InstanceListRequest(Page(2, an_instance().id)))

    assert refused.value.code == "marker-not-found"


@pytest.mark.parametrize("only", [{"all_projects": True}, {"host": "a"}, {"deleted": True}])
def test_some_lists_are_for_admins(api: Instances, only: dict[str, Any]) -> None:
    with pytest.raises(Forbidden):
        api.page(a_caller(), InstanceListRequest(Page(10), **only))

    api.page(an_admin(), InstanceListRequest(Page(10), **only))


def test_a_list_by_status_takes_novas_words(api: Instances, database: Database) -> None:
    _kept(database)
    active = _kept(database, vm_state=VmState.ACTIVE)

    page, _ = api.page(a_caller(), InstanceListRequest(Page(10), status="active"))

    assert [one.id for one in page] == [active.id]
    with pytest.raises(InvalidRequest):
        api.page(a_caller(), InstanceListRequest(Page(10), status="HAPPY"))


def test_a_trace_is_put_together_from_the_journal(api: Instances, database: Database) -> None:
    instance = _kept(database)
    with database.write() as tx:
        journal.write(tx, [replace(e, instance_id=instance.id) for e in all_entries()])

    assert len(api.trace(a_caller(), instance.id).last.steps) == 28


def test_a_decision_can_be_explained_once_there_is_one(api: Instances, database: Database) -> None:
    instance = _kept(database)
    with pytest.raises(NotFound):
        api.explain(a_caller(), "web")
    decision = Decision(instance.id, 1, 7, "a", 1, (), "", NOON)
    with database.write() as tx:
        decisions.write(tx, decision)

    assert api.explain(a_caller(), "web") == decision


def test_what_was_asked_of_an_instance_is_found_by_request(
    api: Instances, database: Database
) -> None:
    instance = _kept(database)
    asked = InstanceAction(instance.id, "req-1", "create", "alice", "demo", NOON, NOON)
    with database.write() as tx:
        actions.add(tx, [asked])

    assert api.action(a_caller(), "web", "req-1").action == asked
    with pytest.raises(NotFound):
        api.action(a_caller(), "web", "req-2")


def test_hosts_are_listed_in_pages(api: Instances, database: Database) -> None:
    keep_hosts(database, "a", "b", "c")

    assert [host.name for host in api.hosts(Page(2))] == ["a", "b"]
    assert [host.name for host in api.hosts(Page(2, "b"))] == ["c"]


def _watch(api: Instances, reference: str, **changes: Any) -> list[str]:
    values: dict[str, Any] = {
        "with_steps": True,
        "until_deleted": False,
        "is_wanted": lambda: True,
        "on_end": lambda _wake: None,
    }
    seen = api.watch(a_caller(), reference, **{**values, **changes})
    return [progress.instance.status for progress in seen]


def test_a_watch_of_what_has_settled_tells_once(api: Instances, database: Database) -> None:
    _kept(database, vm_state=VmState.ACTIVE, task_state=None)

    assert _watch(api, "web") == ["ACTIVE"]


def test_a_watch_tells_every_change_until_it_has_settled(
    api: Instances, database: Database, bus: RecordingBus
) -> None:
    instance = _kept(database)
    watch = api.watch(
        a_caller(),
        instance.id,
        with_steps=False,
        until_deleted=False,
        is_wanted=lambda: True,
        on_end=lambda _wake: None,
    )
    first = next(watch).instance.status
    with database.write() as tx:
        tx.execute(instances.TABLE.update().values(vm_state="active", task_state=None))
    bus.fanout("instance-changed", InstanceChanged(instance.id))

    assert [first, *(progress.instance.status for progress in watch)] == ["BUILD", "ACTIVE"]


def test_a_watch_ends_when_nobody_listens_any_more(api: Instances, database: Database) -> None:
    instance = _kept(database)
    wakes: list[Callable[[], None]] = []
    wanted = [True]
    told: list[list[str]] = []

    def listen() -> None:
        told.append(_watch(api, instance.id, is_wanted=lambda: wanted[0], on_end=wakes.append))

    listener = threading.Thread(target=listen)
    listener.start()
    eventually(lambda: bool(wakes), "the watch has begun")
    wanted[0] = False
    wakes[0]()
    listener.join(20)

    assert told in ([["BUILD"]], [[]])


def test_a_watch_until_the_end_goes_on_after_active(api: Instances, database: Database) -> None:
    _kept(database, vm_state=VmState.DELETED, task_state=None, name="gone")
    instance = _kept(database, vm_state=VmState.ACTIVE, task_state=None)
    wanted = iter([True, False])

    def is_wanted() -> bool:
        return next(wanted)

    watch = api.watch(
        a_caller(),
        instance.id,
        with_steps=False,
        until_deleted=True,
        is_wanted=is_wanted,
        on_end=lambda wake: wake(),
    )
    assert next(watch).instance.status == "ACTIVE"
