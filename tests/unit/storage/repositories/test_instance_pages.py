from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.clock import NOON
from tests.support.instances import NANO, an_instance, keep, keep_hosts
from vmctld.domain.instance import Address, Lock, TaskState, VmState
from vmctld.domain.machine import PowerState
from vmctld.storage.database import Database
from vmctld.storage.repositories.instance_pages import InstanceFilter, Part, brief_page, page


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, {"web", "db", "100%"}),
        ({"deleted": True}, {"web", "db", "100%", "gone"}),
        ({"project_id": "other"}, {"db"}),
        ({"statuses": (VmState.ACTIVE,)}, {"db"}),
        ({"statuses": (VmState.DELETED,)}, {"gone"}),
        ({"name": "e"}, {"web"}),
        ({"name": "%"}, {"100%"}),
        ({"host": "a"}, {"db"}),
        ({"reservation_id": "r-1"}, {"web", "db", "100%"}),
        ({"user_id": "bob"}, {"db"}),
        ({"name_pattern": "^[a-e]"}, {"db"}),
        ({"name_pattern": "b$"}, {"web", "db"}),
        ({"task_state": TaskState.SPAWNING}, {"web"}),
        ({"power_state": PowerState.RUNNING}, {"db"}),
        ({"flavor": "m1.nano"}, {"web", "db"}),
        ({"flavor": "42"}, {"web", "db"}),
        ({"flavor": "huge"}, {"100%"}),
        ({"image": "tiny"}, {"web", "100%"}),
        ({"image": "22222222-2222-4222-8222-222222222222"}, {"db"}),
        ({"availability_zone": "nova"}, {"db"}),
        ({"key_name": "mine"}, {"web"}),
        ({"config_drive": False}, {"100%"}),
        ({"locked": True}, {"web"}),
        ({"locked": False}, {"db", "100%"}),
        ({"changed_since": NOON + timedelta(hours=1)}, {"db", "gone"}),
        ({"changed_before": NOON}, {"web", "100%"}),
    ],
)
def test_a_list_has_what_was_asked_for(
    database: Database, wanted: dict[str, Any], names: set[str]
) -> None:
    keep(
        database,
        an_instance(
            name="web", key_name="mine", task_state=TaskState.SPAWNING, lock=Lock(True, None)
        ),
        an_instance(
            name="db",
            project_id="other",
            user_id="bob",
            vm_state=VmState.ACTIVE,
            power_state=PowerState.RUNNING,
            host="a",
            image_id="22222222-2222-4222-8222-222222222222",
            image_name="debian",
            availability_zone="nova",
            updated_at=NOON + timedelta(hours=2),
        ),
        an_instance(name="gone", vm_state=VmState.DELETED, updated_at=NOON + timedelta(hours=1)),
        an_instance(name="100%", flavor=replace(NANO, id="9", name="huge"), config_drive=False),
    )

    with database.read() as tx:
        found = page(tx, InstanceFilter(**wanted), Part(10))

    assert {one.name for one in found} == names


@settings(max_examples=25)
@given(st.lists(st.integers(0, 3), max_size=12), st.integers(1, 5))
def test_pages_have_everything_once_newest_first(
    fresh_database: Callable[[], Database], ages: list[int], size: int
) -> None:
    database = fresh_database()
    keep(database, *(an_instance(created_at=NOON + timedelta(seconds=age)) for age in ages))

    seen: list[Any] = []
    with database.read() as tx:
        while found := page(tx, InstanceFilter(), Part(size, seen[-1].id if seen else None)):
            seen += found
    database.close()

    order = [(one.created_at, one.id) for one in seen]
    assert len(set(order)) == len(ages)
    assert order == sorted(order, reverse=True)


def test_a_placed_instance_is_in_the_zone_of_its_host(database: Database) -> None:
    keep_hosts(database, "a")
    keep(
        database,
        an_instance(name="placed", host="a"),
        an_instance(name="asked", availability_zone="south"),
        an_instance(name="free"),
    )

    with database.read() as tx:
        zones = {one.name: one.availability_zone for one in page(tx, InstanceFilter(), Part(9))}

    assert zones == {"placed": "nova", "asked": "south", "free": None}


def test_a_brief_page_has_the_same_instances_with_what_a_table_shows(database: Database) -> None:
    address = Address("private", "10.20.0.9", "port-1", "fa:16:3e:00:00:09")
    keep(
        database,
        an_instance(name="web", vm_state=VmState.ACTIVE, addresses=(address,)),
        an_instance(name="db", task_state=TaskState.SPAWNING),
        an_instance(name="gone", vm_state=VmState.DELETED),
    )

    with database.read() as tx:
        full = page(tx, InstanceFilter(), Part(9))
        brief = brief_page(tx, InstanceFilter(), Part(9))

    assert [
        (one.id, one.name, one.status, one.task_state, one.power_state, one.addresses)
        for one in full
    ] == [
        (one.id, one.name, one.status, one.task_state, one.power_state, one.addresses)
        for one in brief
    ]
    assert len(brief) == 2
