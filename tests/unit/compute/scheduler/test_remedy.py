from __future__ import annotations

from datetime import timedelta

from hypothesis import assume, given

from tests.support.clock import NOON
from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import FLEET, a_request, hosts, placement_requests
from vmctld.compute.scheduler.decide import rank
from vmctld.compute.scheduler.remedy import smallest_change
from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.host import HostState
from vmctld.domain.instance import Resources


def _with_change(request: PlacementRequest, text: str) -> PlacementRequest:
    """Return ``request`` changed as the remedy says."""
    vcpus, ram_mib, disk_gib = (
        request.resources.vcpus,
        request.resources.ram_mib,
        request.resources.disk_gib,
    )
    zone = request.availability_zone
    for change in text.removeprefix("it would fit with ").split(" and "):
        if change.startswith("availability zone "):
            zone = change.removeprefix("availability zone ")
            continue
        amount = int(change.split()[0])
        if "RAM" in change:
            ram_mib = amount
        elif "vCPUs" in change:
            vcpus = amount
        else:
            disk_gib = amount
    return a_request(
        resources=Resources(vcpus, ram_mib, disk_gib),
        availability_zone=zone,
        excluded_hosts=request.excluded_hosts,
    )


@given(hosts(), placement_requests())
def test_with_the_smallest_change_some_host_takes_it(
    found: list[HostState], request: PlacementRequest
) -> None:
    assume(not rank(found, FLEET, request).candidates)

    remedy = smallest_change(found, request)

    if remedy:
        assert rank(found, FLEET, _with_change(request, remedy)).candidates


def test_the_smallest_of_several_changes_is_named() -> None:
    found = [a_host("far", free_ram_mib=100), a_host("near", free_ram_mib=900)]
    request = a_request(resources=Resources(1, 1000, 1))

    assert smallest_change(found, request) == "it would fit with 900 MiB of RAM instead of 1000"


def test_one_change_is_smaller_than_two() -> None:
    found = [
        a_host("two", free_ram_mib=999, free_vcpus=9),
        a_host("one", free_ram_mib=10),
    ]
    request = a_request(resources=Resources(10, 1000, 1))

    assert smallest_change(found, request) == "it would fit with 10 MiB of RAM instead of 1000"


def test_nothing_of_a_size_helps_with_hosts_that_are_down_or_were_tried() -> None:
    found = [
        a_host("down", seen_at=NOON - timedelta(hours=1)),
        a_host("tried"),
        a_host("full", free_ram_mib=0),
    ]

    assert smallest_change(found, a_request(excluded_hosts=("tried",))) == ""


def test_a_zone_that_would_do_is_named() -> None:
    remedy = smallest_change([a_host()], a_request(availability_zone="mars"))

    assert remedy == "it would fit with availability zone nova"
