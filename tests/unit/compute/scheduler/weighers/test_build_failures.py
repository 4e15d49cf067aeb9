from __future__ import annotations

import pytest

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import FLEET
from vmctld.compute.scheduler.weighers.build_failures import more_build_failures


@pytest.mark.parametrize(("failures", "bad"), [(0, 0.0), (1, 0.1), (10, 1.0), (99, 1.0)])
def test_a_host_is_as_bad_as_builds_failed_on_it(failures: int, bad: float) -> None:
    assert more_build_failures(a_host(build_failures=failures), FLEET) == bad
