from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.clock import NOON
from tests.support.counting import counting
from tests.support.filled import filled
from tests.support.instances import a_fault, an_instance, keep, keep_hosts, keep_placed, kept
from vmctld.compute.placing import claims_of
from vmctld.domain.instance import Address, Instance, TaskState, VmState, VolumePlan
from vmctld.domain.machine import PowerState
from vmctld.errors import AlreadyExists
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import instances
from vmctld.storage.repositories.instance_rows import Idempotency

LATER = NOON + timedelta(minutes=5)
Change = Callable[[Tx, Instance], bool]


def _finish(tx: Tx, one: Instance) -> bool:
    return instances.finish_build(
        tx,
        one.id,
        one.attempt,
        "a",
        addresses=(Address("private", "10.20.0.5", "p-1", "fa:16:3e:00:00:01"),),
        ssh_port=4711,
        accelerator="kvm",
        now=LATER,
    )


CHANGES: dict[str, Change] = {
    "set_host": lambda tx, one: instances.set_host(tx, one.id, one.attempt, "a", LATER),
    "begin_build": lambda tx, one: instances.begin_build(
        tx, one.id, one.attempt, "a", LATER, LATER, "a"
    ),
    "advance": lambda tx, one: instances.advance(
        tx, one.id, one.attempt, "a", TaskState.SPAWNING, LATER
    ),
    "begin_unwinding": lambda tx, one: instances.begin_unwinding(
        tx, one.id, one.attempt, "a", LATER
    ),
    "finish_build": _finish,
    "fail": lambda tx, one: instances.fail(tx, one.id, one.attempt, a_fault(), LATER),
    "try_elsewhere": lambda tx, one: instances.try_elsewhere(tx, one, LATER),
}


@pytest.fixture
def begun(database: Database) -> Instance:
    keep_hosts(database, "a")
    instance = keep_placed(database)
    with database.write() as tx:
        assert CHANGES["begin_build"](tx, instance)
    return kept(database, instance.id)


def test_every_field_of_an_instance_comes_back(database: Database) -> None:
    instance = replace(
        filled(Instance), fault=None, ssh_port=None, accelerator=None, launched_at=None
    )
    instance = replace(instance, terminated_at=None)

    keep(database, instance)

    found = kept(database, instance.id)
    for field in fields(Instance):
        assert getattr(found, field.name) == getattr(instance, field.name), field.name


@pytest.mark.parametrize("name", CHANGES)
def test_a_stale_attempt_changes_nothing(database: Database, begun: Instance, name: str) -> None:
    stale = replace(begun, attempt=begun.attempt + 1)

    with database.write() as tx:
        assert not CHANGES[name](tx, stale)

    assert kept(database, begun.id) == begun


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("state", [VmState.ACTIVE, VmState.ERROR, VmState.DELETED, "deleting"])
def test_what_is_not_being_built_any_more_is_not_changed_by_a_build(
    database: Database, begun: Instance, name: str, state: VmState | str
) -> None:
    with database.write() as tx:
        if isinstance(state, VmState):
            tx.execute(instances.TABLE.update().values(vm_state=state.value))
        else:
            instances.begin_delete(tx, begun.id, NOON)
    before = kept(database, begun.id)

    with database.write() as tx:
        assert not CHANGES[name](tx, before)

    assert kept(database, begun.id) == before


@pytest.mark.parametrize("name", ["begin_build", "advance", "begin_unwinding", "finish_build"])
def test_another_host_changes_nothing(database: Database, begun: Instance, name: str) -> None:
    with database.write() as tx:
        tx.execute(instances.TABLE.update().values(host="b"))

        assert not CHANGES[name](tx, begun)


@pytest.mark.parametrize("name", ["advance", "finish_build"])
def test_a_build_that_is_unwinding_goes_forward_no_more(
    database: Database, begun: Instance, name: str
) -> None:
    with database.write() as tx:
        assert CHANGES["begin_unwinding"](tx, begun)

        assert not CHANGES[name](tx, begun)
        assert CHANGES["begin_unwinding"](tx, begun)


def test_a_host_is_set_once(database: Database) -> None:
    instance = an_instance()
    keep(database, instance)

    with database.write() as tx:
        assert CHANGES["set_host"](tx, instance)
        assert not instances.set_host(tx, instance.id, 1, "b", LATER)

    assert kept(database, instance.id).host == "a"


def test_what_was_built_is_active_with_its_addresses(database: Database, begun: Instance) -> None:
    with database.write() as tx:
        assert CHANGES["finish_build"](tx, begun)

    active = kept(database, begun.id)
    assert (active.vm_state, active.task_state, active.power_state) == (
        VmState.ACTIVE,
        None,
        PowerState.RUNNING,
    )
    assert (active.ssh_port, active.launched_at, active.deadline_at) == (4711, LATER, None)


def test_what_failed_has_its_fault_and_no_host(database: Database, begun: Instance) -> None:
    with database.write() as tx:
        assert CHANGES["fail"](tx, begun)

    failed = kept(database, begun.id)
    assert (failed.vm_state, failed.host, failed.fault) == (VmState.ERROR, None, a_fault())


def test_a_failure_before_a_place_was_found_spares_what_has_one(
    database: Database, begun: Instance
) -> None:
    waiting = an_instance()
    keep(database, waiting)

    with database.write() as tx:
        assert not instances.fail(tx, begun.id, 1, a_fault(), LATER, unplaced=True)
        assert instances.fail(tx, waiting.id, 1, a_fault(), LATER, unplaced=True)


def test_the_next_attempt_spares_the_host_it_had(database: Database, begun: Instance) -> None:
    with database.write() as tx:
        assert instances.try_elsewhere(tx, begun, LATER)
        assert not instances.try_elsewhere(tx, begun, LATER)

    again = kept(database, begun.id)
    assert (again.attempt, again.host, again.excluded_hosts) == (2, None, ("a",))


def test_a_build_that_has_begun_since_it_was_looked_at_is_not_moved(database: Database) -> None:
    keep_hosts(database, "a")
    placed = keep_placed(database)
    with database.write() as tx:
        CHANGES["begin_build"](tx, placed)

        assert not instances.try_elsewhere(tx, placed, LATER)


def test_a_key_is_used_once_in_a_project(database: Database) -> None:
    first, key = an_instance(), Idempotency("k", "digest")
    with database.write() as tx:
        instances.insert(tx, [first], claims_of(first), key)

    with pytest.raises(AlreadyExists), database.write() as tx:
        instances.insert(tx, [an_instance()], claims_of(first), key)

    with database.read() as tx:
        assert instances.by_key(tx, "demo", "k") == [(first, "digest")]
        assert instances.by_key(tx, "other", "k") == []


def test_a_deletion_begins_once_and_ends_once(database: Database, begun: Instance) -> None:
    with database.write() as tx:
        assert instances.begin_delete(tx, begun.id, NOON)
        assert not instances.begin_delete(tx, begun.id, NOON)
        assert instances.touch(tx, begun.id, LATER)
        assert instances.finish_delete(tx, begun.id, LATER)
        assert not instances.finish_delete(tx, begun.id, LATER)
        assert not instances.begin_delete(tx, begun.id, LATER)
        assert not instances.touch(tx, begun.id, LATER)

    gone = kept(database, begun.id)
    assert (gone.vm_state, gone.terminated_at, gone.user_data) == (VmState.DELETED, LATER, None)


@pytest.mark.parametrize(
    ("changes", "changed"),
    [
        ({"vm_state": VmState.ACTIVE, "task_state": None}, True),
        ({"vm_state": VmState.STOPPED, "task_state": None}, True),
        ({"vm_state": VmState.ACTIVE, "task_state": TaskState.DELETING}, False),
        ({"vm_state": VmState.BUILDING, "task_state": None}, False),
        ({"vm_state": VmState.ACTIVE, "task_state": None, "host": "b"}, False),
    ],
)
def test_power_is_recorded_of_what_has_settled_on_the_host(
    database: Database, changes: dict[str, Any], changed: bool
) -> None:
    instance = an_instance(**{"host": "a", **changes})
    keep(database, instance)

    with database.write() as tx:
        assert changed is instances.set_power(
            tx, instance.id, "a", PowerState.SHUTDOWN, VmState.STOPPED, LATER
        )


def test_what_is_on_its_way_is_found_oldest_first(database: Database) -> None:
    keep_hosts(database, "a")
    old = an_instance(updated_at=NOON)
    new = an_instance(updated_at=LATER, volumes=(VolumePlan("vol-1", "att-1"),))
    done = an_instance(vm_state=VmState.ACTIVE, task_state=None, host="a")
    keep(database, new, old, done)

    with database.read() as tx:
        assert instances.unsettled(tx, 9) == [old, new]
        assert instances.unsettled(tx, 1) == [old]
        assert instances.on_host(tx, "a") == [done]
        assert instances.named(tx, None, "web") == instances.named(tx, "demo", "web")
        assert instances.get(tx, "never") is None


def test_what_is_late_is_found(database: Database, begun: Instance) -> None:
    with database.read() as tx:
        assert instances.overdue(tx, LATER, 9) == []
        assert instances.overdue(tx, LATER + timedelta(seconds=1), 9) == [begun]


@pytest.mark.parametrize(
    ("name", "counted"), [("finish_build", ("active", "")), ("fail", ("error", a_fault().code))]
)
def test_the_end_of_a_boot_is_counted_once(
    database: Database, begun: Instance, name: str, counted: tuple[str, str]
) -> None:
    with counting() as counts, database.write() as tx:
        assert CHANGES[name](tx, begun)
        assert not CHANGES[name](tx, begun)

    assert counts.boots == [counted]
