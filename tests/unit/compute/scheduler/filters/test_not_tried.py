from __future__ import annotations

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.not_tried import was_not_tried


def test_a_host_where_an_earlier_attempt_failed_is_refused() -> None:
    request = a_request(excluded_hosts=("a", "b"))

    assert was_not_tried(a_host("b"), request) == "an earlier attempt of this build failed here"
    assert was_not_tried(a_host("c"), request) is None
