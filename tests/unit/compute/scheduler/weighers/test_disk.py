from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import FLEET
from vmctld.compute.scheduler.weighers.disk import more_free_disk


@pytest.mark.parametrize(("free", "liked"), [(0, 0.0), (25, 0.25), (100, 1.0)])
def test_the_more_is_unclaimed_the_more_a_host_is_liked(free: int, liked: float) -> None:
    assert more_free_disk(a_host(free_disk_gib=free), FLEET) == liked


def test_where_no_host_has_any_none_is_liked_better() -> None:
    nothing = replace(FLEET, disk_gib=0)

    assert more_free_disk(a_host(free_disk_gib=0), nothing) == 0.0
