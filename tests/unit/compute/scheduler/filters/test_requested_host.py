from __future__ import annotations

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.requested_host import is_the_requested_host


def test_only_the_host_that_was_asked_for_will_do() -> None:
    wanted = a_request(requested_host="a")

    assert is_the_requested_host(a_host("a"), wanted) is None
    assert is_the_requested_host(a_host("b"), wanted) == "not a, which was asked for"


def test_any_host_will_do_for_who_asks_for_none() -> None:
    assert is_the_requested_host(a_host("b"), a_request()) is None
