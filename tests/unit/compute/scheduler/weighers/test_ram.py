from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import FLEET
from vmctld.compute.scheduler.weighers.ram import more_free_ram


@pytest.mark.parametrize(("free", "liked"), [(0, 0.0), (2048, 0.25), (8192, 1.0)])
def test_the_more_is_unclaimed_the_more_a_host_is_liked(free: int, liked: float) -> None:
    assert more_free_ram(a_host(free_ram_mib=free), FLEET) == liked


def test_where_no_host_has_any_none_is_liked_better() -> None:
    nothing = replace(FLEET, ram_mib=0)

    assert more_free_ram(a_host(free_ram_mib=0), nothing) == 0.0
