from __future__ import annotations

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.same_host import is_near_the_named


def test_only_a_host_of_one_of_the_named_servers_will_do() -> None:
    wanted = a_request(same_host=frozenset({"a", "b"}))

    assert is_near_the_named(a_host("a"), wanted) is None
    assert is_near_the_named(a_host("c"), wanted) == (
        "none of the servers of same_host is here; they are on 2 other hosts"
    )


def test_no_host_will_do_while_the_named_servers_are_nowhere() -> None:
    assert is_near_the_named(a_host("a"), a_request(same_host=frozenset())) is not None


def test_any_host_will_do_for_who_names_no_server() -> None:
    assert is_near_the_named(a_host("a"), a_request()) is None
