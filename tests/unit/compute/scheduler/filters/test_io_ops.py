from __future__ import annotations

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.io_ops import has_few_io_ops


def test_a_host_at_its_aggregates_limit_is_refused() -> None:
    limited = {"max_io_ops_per_host": frozenset({"2"})}

    assert has_few_io_ops(a_host(io_ops=1, aggregate_metadata=limited), a_request()) is None
    assert has_few_io_ops(a_host(io_ops=2, aggregate_metadata=limited), a_request()) == (
        "it works on 2 servers, at most 2 at a time may"
    )


def test_without_such_an_aggregate_there_is_no_limit() -> None:
    assert has_few_io_ops(a_host(io_ops=1000), a_request()) is None
