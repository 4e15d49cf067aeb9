from __future__ import annotations

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.ram import ram_fits
from vmctld.domain.instance import Resources


def test_a_host_whose_ram_is_all_claimed_is_refused() -> None:
    reason = ram_fits(a_host(free_ram_mib=0), a_request())

    assert reason == "0 MiB of RAM free, 128 MiB asked for"


def test_a_host_with_exactly_enough_ram_will_do() -> None:
    assert ram_fits(a_host(free_ram_mib=128), a_request()) is None


def test_a_host_with_one_mebibyte_too_little_is_refused() -> None:
    wanted = a_request(resources=Resources(1, 129, 1))

    assert ram_fits(a_host(free_ram_mib=128), wanted) is not None
