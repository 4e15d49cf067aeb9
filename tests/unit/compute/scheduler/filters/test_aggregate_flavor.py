from __future__ import annotations

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.aggregate_flavor import is_open_to_the_flavor

HOST = a_host(aggregate_metadata={"instance_type": frozenset({"m1.nano, m1.tiny"})})


def test_a_host_kept_for_flavors_takes_them_alone() -> None:
    assert is_open_to_the_flavor(HOST, a_request(flavor_name="m1.tiny")) is None
    assert is_open_to_the_flavor(HOST, a_request(flavor_name="m1.large")) == (
        "kept for flavor m1.nano, m1.tiny, m1.large asked for"
    )
    assert is_open_to_the_flavor(a_host(), a_request(flavor_name="m1.large")) is None
