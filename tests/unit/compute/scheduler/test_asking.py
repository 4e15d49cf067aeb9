from __future__ import annotations

from dataclasses import replace

from tests.support.clock import NOON
from tests.support.instances import an_instance, keep, keep_hosts, keep_placed
from vmctld.compute.placing import place_request
from vmctld.compute.scheduler.asking import placement_request
from vmctld.domain.flavor import Flavor
from vmctld.domain.instance import Resources
from vmctld.domain.server_group import GroupOnHosts, Policy, ServerGroup
from vmctld.domain.wishes import Wishes
from vmctld.storage.database import Database
from vmctld.storage.repositories import server_groups


def test_a_plain_request_needs_no_look_at_the_database(database: Database) -> None:
    instance = an_instance(flavor=Flavor("1", "m1.x", 2, 256, 3, extra_specs={"k": "v"}))
    database.close()

    request = placement_request(database, place_request(instance), NOON)

    assert request.resources == Resources(2, 256, 3)
    assert (request.project_id, request.flavor_name) == ("demo", "m1.x")
    assert request.extra_specs == {"k": "v"}
    assert (request.group, request.same_host, request.different_host) == (None, None, frozenset())


def test_servers_in_hints_become_the_hosts_that_they_are_on_now(database: Database) -> None:
    keep_hosts(database, "a", "b")
    first, second = keep_placed(database, "a"), keep_placed(database, "b")
    nowhere = an_instance()
    keep(database, nowhere)
    wishes = Wishes(same_host=(first.id, nowhere.id), different_host=(second.id,))

    request = placement_request(database, place_request(an_instance(wishes=wishes)), NOON)

    assert (request.same_host, request.different_host) == (frozenset("a"), frozenset("b"))


def test_a_group_becomes_where_its_members_are(database: Database) -> None:
    keep_hosts(database, "a")
    member = keep_placed(database, "a")
    with database.write() as tx:
        server_groups.insert(
            tx, ServerGroup("g-1", "web", "demo", "alice", Policy.AFFINITY, 1, (), NOON)
        )
        server_groups.add_members(tx, "g-1", [member.id])
    wanted = an_instance(wishes=Wishes(group_id="g-1"))

    request = placement_request(database, place_request(wanted), NOON)

    assert request.group == GroupOnHosts("web", Policy.AFFINITY, 1, {"a": 1})


def test_a_group_that_is_gone_asks_for_nothing(database: Database) -> None:
    wanted = an_instance(wishes=Wishes(group_id="gone"))

    assert placement_request(database, place_request(wanted), NOON).group is None


def test_each_attempt_draws_a_seed_of_its_own_and_the_same_one_again(database: Database) -> None:
    message = place_request(an_instance(wishes=Wishes(seed=7)))

    def seed(attempt: int) -> int:
        return placement_request(database, replace(message, attempt=attempt), NOON).seed

    assert seed(1) == seed(1)
    assert seed(1) != seed(2)
