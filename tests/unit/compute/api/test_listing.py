"""What may be asked of a list, and by whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.clock import NOON
from tests.support.instances import an_instance, keep
from tests.support.recording_bus import RecordingBus
from vmctl.v1 import compute_pb2
from vmctl.v1.instance_filter_pb2 import InstanceFilter
from vmctld.compute.api.instances import Instances
from vmctld.compute.api.watch import Watchers
from vmctld.domain.identity import Caller, Project, User
from vmctld.domain.instance import VmState
from vmctld.domain.instance_list import InstanceListRequest, InstanceWish, SortKey
from vmctld.domain.paging import Page
from vmctld.errors import InvalidRequest, NotFound, VmctlError
from vmctld.storage.database import Database
from vmctld.storage.repositories import projects, users
from vmctld.wire.convert.instance_list import list_request_from_proto

OTHER = "44444444-4444-4444-8444-444444444444"
BOB = "55555555-5555-4555-8555-555555555555"


@pytest.fixture
def api(database: Database, bus: RecordingBus) -> Instances:
    with database.write() as tx:
        projects.add(tx, Project(OTHER, "other", "", True, NOON))
        users.add(tx, User(BOB, "bob", "", True, None, NOON), "hash")
    keep(
        database,
        an_instance(name="mine", vm_state=VmState.ACTIVE),
        an_instance(name="theirs", project_id=OTHER, user_id=BOB, vm_state=VmState.STOPPED),
    )
    return Instances(database, Watchers(bus))


def _names(api: Instances, caller: Caller, **asked: Any) -> set[str]:
    wish = InstanceWish(**asked.pop("wish", {}))
    found, _ = api.page(caller, InstanceListRequest(Page(10), wish=wish, **asked))
    return {one.name for one in found}


def _refused(api: Instances, caller: Caller, **asked: Any) -> VmctlError:
    with pytest.raises(VmctlError) as refusal:
        _names(api, caller, **asked)
    return refusal.value


@pytest.mark.parametrize(
    "asked",
    [
        {"all_projects": True},
        {"host": "a"},
        {"deleted": True},
        {"wish": {"project": "other"}},
        {"wish": {"user": "bob"}},
    ],
)
def test_others_servers_are_for_admins(api: Instances, asked: dict[str, Any]) -> None:
    assert _refused(api, a_caller(), **asked).code == "admin-only-filter"


def test_an_admin_lists_by_project_and_by_user(api: Instances) -> None:
    assert _names(api, an_admin(), wish={"project": "other"}) == {"theirs"}
    assert _names(api, an_admin(), wish={"user": BOB}) == {"theirs"}
    assert _refused(api, an_admin(), wish={"user": "nobody"}).code == "user-not-found"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"status": "HAPPY"}, "invalid-status"),
        ({"wish": {"vm_state": "happy"}}, "invalid-status"),
        ({"wish": {"task_state": "thinking"}}, "invalid-status"),
        ({"wish": {"power_state": 5}}, "invalid-status"),
        ({"wish": {"name_pattern": "("}}, "invalid-pattern"),
        ({"wish": {"ip_pattern": "*"}}, "invalid-pattern"),
    ],
)
def test_what_no_server_can_be_is_refused(api: Instances, asked: dict[str, Any], code: str) -> None:
    refusal = _refused(api, a_caller(), **asked)

    assert isinstance(refusal, InvalidRequest)
    assert refusal.code == code


def test_status_and_vm_state_have_both_to_fit(api: Instances) -> None:
    assert _names(api, a_caller(), status="ACTIVE", wish={"vm_state": "active"}) == {"mine"}
    assert _names(api, a_caller(), status="ACTIVE", wish={"vm_state": "stopped"}) == set()


def test_a_time_out_of_all_years_is_refused() -> None:
    message = compute_pb2.ListInstancesRequest(filter=InstanceFilter())
    message.filter.changed_since.seconds = 10**15

    with pytest.raises(InvalidRequest) as refused:
        list_request_from_proto(message)

    assert refused.value.code == "invalid-time"


def test_what_was_never_asked_or_decided_is_not_found(api: Instances, database: Database) -> None:
    mine = next(iter(api.page(a_caller(), InstanceListRequest(Page(1)))[0]))

    for code, ask in (
        ("action-not-found", lambda: api.action(a_caller(), mine.id, "req-none")),
        ("decision-not-found", lambda: api.explain(a_caller(), mine.id)),
    ):
        with pytest.raises(NotFound) as refused:
            ask()
        assert refused.value.code == code


def test_a_list_is_sorted_and_cut_and_brief_if_that_is_all_that_is_shown(api: Instances) -> None:
    request = InstanceListRequest(
        Page(1), all_projects=True, sort=(SortKey("name", descending=True),)
    )

    found, marker = api.page(an_admin(), request)
    rest, end = api.brief_page(an_admin(), replace(request, page=Page(1, marker)))

    assert [one.name for one in (*found, *rest)] == ["theirs", "mine"]
    assert end is None


def test_what_nothing_can_be_sorted_by_is_refused(api: Instances) -> None:
    refusal = _refused(api, a_caller(), sort=(SortKey("colour"),))

    assert (type(refusal), refusal.code) == (InvalidRequest, "invalid-sort-key")
    assert "created_at" in refusal.hint


def test_the_order_travels() -> None:
    message = compute_pb2.ListInstancesRequest(
        sort=[compute_pb2.SortKey(field="host", descending=True)]
    )

    assert list_request_from_proto(message).sort == (SortKey("host", descending=True),)
