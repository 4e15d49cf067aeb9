from __future__ import annotations

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.num_instances import has_few_instances


def test_a_host_at_its_aggregates_limit_is_refused() -> None:
    limited = {"max_instances_per_host": frozenset({"2"})}

    assert has_few_instances(a_host(instances=1, aggregate_metadata=limited), a_request()) is None
    assert has_few_instances(a_host(instances=2, aggregate_metadata=limited), a_request()) == (
        "it has 2 servers, at most 2 may be here"
    )


def test_without_such_an_aggregate_there_is_no_limit() -> None:
    assert has_few_instances(a_host(instances=1000), a_request()) is None
