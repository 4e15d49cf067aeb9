from __future__ import annotations

import pytest

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import FLEET
from vmctld.compute.scheduler.weighers.io_ops import more_io_ops


@pytest.mark.parametrize(("io_ops", "busy"), [(0, 0.0), (2, 0.25), (8, 1.0), (80, 1.0)])
def test_a_host_is_as_busy_as_it_has_things_to_do(io_ops: int, busy: float) -> None:
    assert more_io_ops(a_host(io_ops=io_ops), FLEET) == busy
