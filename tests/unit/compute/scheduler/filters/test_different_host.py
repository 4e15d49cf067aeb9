from __future__ import annotations

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.different_host import is_away_from_the_named


def test_a_host_of_one_of_the_named_servers_is_refused() -> None:
    wanted = a_request(different_host=frozenset({"a", "b"}))

    assert is_away_from_the_named(a_host("a"), wanted) == "a server of different_host is here"
    assert is_away_from_the_named(a_host("c"), wanted) is None
