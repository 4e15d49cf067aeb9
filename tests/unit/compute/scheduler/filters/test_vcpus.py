from __future__ import annotations

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.vcpus import vcpus_fit


def test_a_host_whose_vcpus_are_all_claimed_is_refused() -> None:
    assert vcpus_fit(a_host(free_vcpus=0), a_request()) == "0 vCPUs free, 1 asked for"


def test_a_host_with_exactly_enough_vcpus_will_do() -> None:
    assert vcpus_fit(a_host(free_vcpus=1), a_request()) is None
