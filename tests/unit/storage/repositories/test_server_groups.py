from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.support.clock import NOON
from tests.support.instances import an_instance, keep, keep_hosts, keep_placed
from vmctld.domain.instance import VmState
from vmctld.domain.server_group import GroupOnHosts, Policy, ServerGroup
from vmctld.storage.database import Database
from vmctld.storage.repositories import server_groups

GROUP = ServerGroup("g-1", "web", "demo", "alice", Policy.ANTI_AFFINITY, 2, (), NOON)


def _keep(database: Database, *groups: ServerGroup) -> None:
    with database.write() as tx:
        for group in groups:
            server_groups.insert(tx, group)


def test_a_group_is_found_with_its_living_members_oldest_first(database: Database) -> None:
    _keep(database, GROUP)
    young = an_instance(created_at=NOON + timedelta(seconds=1))
    old = an_instance()
    gone = an_instance(vm_state=VmState.DELETED)
    keep(database, young, old, gone)

    with database.write() as tx:
        server_groups.add_members(tx, "g-1", [one.id for one in (young, old, gone)])

    with database.write() as tx:
        assert server_groups.get(tx, "g-1") == replace(GROUP, members=(old.id, young.id))
        assert server_groups.get(tx, "g-1", lock=True) is not None
        assert server_groups.get(tx, "g-2") is None
        assert server_groups.group_of(tx, old.id) == "g-1"
        assert server_groups.group_of(tx, "nobody") is None


def test_groups_are_listed_and_counted_by_project(database: Database) -> None:
    other = replace(GROUP, id="g-2", project_id="other")
    _keep(database, GROUP, other)
    member = an_instance()
    keep(database, member)
    with database.write() as tx:
        server_groups.add_members(tx, "g-2", [member.id])

    with database.read() as tx:
        assert server_groups.of_project(tx, "demo") == [GROUP]
        assert server_groups.of_project(tx, None) == [GROUP, replace(other, members=(member.id,))]
        assert server_groups.count(tx, "demo") == 1


def test_members_count_where_they_claim_room(database: Database) -> None:
    keep_hosts(database, "a", "b")
    _keep(database, GROUP)
    members = [keep_placed(database, host) for host in "aab"]
    waiting = an_instance()
    keep(database, waiting)
    with database.write() as tx:
        server_groups.add_members(tx, "g-1", [one.id for one in (*members, waiting)])

    with database.write() as tx:
        found = server_groups.on_hosts(tx, "g-1", lock=True)
        nothing = server_groups.on_hosts(tx, "g-2")

    assert found == GroupOnHosts("web", Policy.ANTI_AFFINITY, 2, {"a": 2, "b": 1})
    assert nothing is None


def test_a_group_that_goes_leaves_its_members(database: Database) -> None:
    _keep(database, GROUP)
    member = an_instance()
    keep(database, member)
    with database.write() as tx:
        server_groups.add_members(tx, "g-1", [member.id])

        assert server_groups.remove(tx, "g-1")
        assert not server_groups.remove(tx, "g-1")
        assert server_groups.group_of(tx, member.id) is None
