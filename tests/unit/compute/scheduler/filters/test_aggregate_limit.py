from __future__ import annotations

from tests.support.instances import a_host
from vmctld.compute.scheduler.filters.aggregate_limit import limit_of


def test_the_least_of_what_aggregates_say_holds() -> None:
    host = a_host(aggregate_metadata={"most": frozenset({"50", "8", "many"})})

    assert limit_of(host, "most") == 8
    assert limit_of(host, "least") is None
