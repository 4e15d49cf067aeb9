from __future__ import annotations

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.disk import disk_fits
from vmctld.domain.instance import Resources


def test_a_host_whose_disk_is_all_claimed_is_refused() -> None:
    assert disk_fits(a_host(free_disk_gib=0), a_request()) == "0 GiB of disk free, 1 GiB asked for"


def test_a_host_without_disk_takes_what_boots_from_a_volume() -> None:
    from_volume = a_request(resources=Resources(1, 128, 0))

    assert disk_fits(a_host(free_disk_gib=0), from_volume) is None
