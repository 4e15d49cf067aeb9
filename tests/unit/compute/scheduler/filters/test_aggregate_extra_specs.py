from __future__ import annotations

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.aggregate_extra_specs import aggregates_have_extra_specs

WANTED = a_request(extra_specs={"aggregate_instance_extra_specs:ssd": "true", "ssd": "no"})


def test_a_host_in_an_aggregate_that_says_so_will_do() -> None:
    host = a_host(aggregate_metadata={"ssd": frozenset({"false", "true"})})

    assert aggregates_have_extra_specs(host, WANTED) is None


def test_a_host_whose_aggregates_say_otherwise_is_refused() -> None:
    host = a_host(aggregate_metadata={"ssd": frozenset({"false"})})

    assert aggregates_have_extra_specs(host, WANTED) == (
        "its aggregates have ssd false, 'true' asked for"
    )


def test_a_host_in_no_such_aggregate_is_refused() -> None:
    assert aggregates_have_extra_specs(a_host(), WANTED) == (
        "no aggregate of it has ssd, 'true' asked for"
    )
