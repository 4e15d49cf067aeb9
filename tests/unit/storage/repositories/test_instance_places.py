from __future__ import annotations

from tests.support.instances import an_instance, keep
from vmctld.domain.instance import TaskState, VmState
from vmctld.storage.database import Database
from vmctld.storage.repositories import instance_places


def test_the_hosts_of_instances_are_told_once(database: Database) -> None:
    made = [an_instance(host=host) for host in ("a", "a", "b", None)]
    keep(database, *made)

    with database.read() as tx:
        found = instance_places.hosts_of(tx, [one.id for one in made])

    assert sorted(found) == ["a", "b"]


def test_a_host_is_as_busy_as_instances_on_it_are_worked_on(database: Database) -> None:
    keep(
        database,
        an_instance(host="a", task_state=None),  # is being built
        an_instance(host="a", vm_state=VmState.ACTIVE, task_state=TaskState.DELETING),
        an_instance(host="a", vm_state=VmState.ACTIVE, task_state=None),
        an_instance(host="b", vm_state=VmState.ACTIVE, task_state=None),
        an_instance(),
    )

    with database.read() as tx:
        assert instance_places.busy_on_hosts(tx) == {"a": 2}


def test_the_living_of_a_host_are_listed_by_name(database: Database) -> None:
    first, second = an_instance(host="a", name="db"), an_instance(host="a", name="web")
    keep(
        database,
        second,
        first,
        an_instance(host="a", vm_state=VmState.DELETED),
        an_instance(host="b"),
    )

    with database.read() as tx:
        found = instance_places.named_on_host(tx, "a")

    assert found == [(first.id, "db"), (second.id, "web")]
