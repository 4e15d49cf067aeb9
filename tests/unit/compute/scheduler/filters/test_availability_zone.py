from __future__ import annotations

import pytest

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.availability_zone import in_availability_zone


def test_a_host_of_another_zone_is_refused() -> None:
    reason = in_availability_zone(a_host(), a_request(availability_zone="mars"))

    assert reason == "in zone nova, mars asked for"


@pytest.mark.parametrize("zone", ["nova", None])
def test_a_host_of_the_zone_asked_for_will_do_and_any_when_none_was(zone: str | None) -> None:
    assert in_availability_zone(a_host(), a_request(availability_zone=zone)) is None
