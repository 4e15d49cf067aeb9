from __future__ import annotations

from typing import Any

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.clock import FakeClock
from tests.support.cloud import TINY
from tests.support.instances import an_instance, keep, keep_hosts
from vmctld.compute.api.wishes import seed_of, wishes_of, zone_and_host
from vmctld.compute.quotas import ProjectQuotas
from vmctld.compute.server_groups import ServerGroups
from vmctld.domain.boot_request import BootRequest
from vmctld.domain.wishes import Hint, Wishes
from vmctld.errors import Conflict, Forbidden, InvalidRequest, NotFound, NotSupported
from vmctld.storage.database import Database

ALICE, ADMIN = a_caller(), an_admin("demo")


@pytest.mark.parametrize(
    ("text", "zone", "host"),
    [
        (None, None, None),
        ("", None, None),
        ("nova", "nova", None),
        ("nova:a", "nova", "a"),
        (":a", None, "a"),
        ("nova:a:a", "nova", "a"),
        ("nova::a", "nova", "a"),
    ],
)
def test_novas_three_parts_are_zone_and_host(
    text: str | None, zone: str | None, host: str | None
) -> None:
    assert zone_and_host(ADMIN, text) == (zone, host)


@pytest.mark.parametrize("text", ["nova:", ":", "nova:a:b"])
def test_a_host_that_was_forgotten_or_is_two_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        zone_and_host(ADMIN, text)


def test_only_an_admin_forces_a_host() -> None:
    with pytest.raises(Forbidden):
        zone_and_host(ALICE, "nova:a")


def _wishes(
    database: Database, *hints: tuple[str, str], caller: Any = ALICE, **more: Any
) -> Wishes:
    request = BootRequest(
        name="web",
        flavor="m1.nano",
        image="tiny",
        hints=tuple(Hint(key, value) for key, value in hints),
        **more,
    )
    return wishes_of(database, caller, request, TINY, "digest")


def test_who_asks_for_nothing_has_a_seed_all_the_same(database: Database) -> None:
    wishes = _wishes(database)

    assert wishes == Wishes(seed=wishes.seed)
    assert wishes.seed == _wishes(database).seed


def test_every_server_of_a_request_draws_its_own_seed(database: Database) -> None:
    wishes = _wishes(database)

    assert len({seed_of(wishes, number).seed for number in range(100)}) == 100


def test_names_in_hints_become_ids(database: Database, clock: FakeClock) -> None:
    keep_hosts(database, "a")
    web, db = an_instance(name="web"), an_instance(name="db")
    keep(database, web, db)
    group = ServerGroups(database, ProjectQuotas(database), clock).create(ALICE, "g", "affinity")

    wishes = _wishes(
        database,
        ("group", "g"),
        ("same_host", "web"),
        ("different_host", f"db,{web.id}"),
        ("query", '["=", "$host", "a"]'),
        caller=ADMIN,
        host="a",
    )

    assert wishes.group_id == group.id
    assert wishes.same_host == (web.id,)
    assert wishes.different_host == (db.id, web.id)
    assert (wishes.query, wishes.requested_host) == ('["=", "$host", "a"]', "a")


@pytest.mark.parametrize(
    ("hints", "error"),
    [
        ([("colour", "blue")], InvalidRequest),
        ([("query", "[")], InvalidRequest),
        ([("query", '["=", 1, 1]')] * 2, InvalidRequest),
        ([("group", "a"), ("group", "b")], InvalidRequest),
        ([("same_host", "a")] * 65, InvalidRequest),
        ([("group", "nowhere")], NotFound),
        ([("same_host", "nowhere")], NotFound),
        ([("different_host", "twin")], Conflict),
        ([("build_near_host_ip", "10.0.0.1")], NotSupported),
    ],
)
def test_a_hint_that_cannot_be_heeded_is_refused(
    database: Database, hints: list[tuple[str, str]], error: type[Exception]
) -> None:
    keep(database, an_instance(name="twin"), an_instance(name="twin"))

    with pytest.raises(error):
        _wishes(database, *hints)


def test_anothers_servers_and_groups_do_not_exist(database: Database, clock: FakeClock) -> None:
    theirs = an_instance(project_id="other")
    keep(database, theirs)
    groups = ServerGroups(database, ProjectQuotas(database), clock)
    group = groups.create(a_caller("other"), "g", "affinity")

    for hint in (("same_host", theirs.id), ("group", group.id)):
        with pytest.raises(NotFound):
            _wishes(database, hint)


def test_only_an_admin_asks_for_a_host_and_for_one_that_is_there(database: Database) -> None:
    with pytest.raises(Forbidden):
        _wishes(database, host="a")
    with pytest.raises(NotFound):
        _wishes(database, caller=ADMIN, host="a")
