from __future__ import annotations

import pytest

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.weighers.soft_affinity import more_of_the_group
from vmctld.domain.server_group import GroupOnHosts, Policy


@pytest.mark.parametrize(("host", "liked"), [("a", 1.0), ("b", 0.5), ("c", 0.0)])
def test_members_count_as_a_part_of_the_most_on_any_host(host: str, liked: float) -> None:
    group = GroupOnHosts("g", Policy.SOFT_AFFINITY, 1, {"a": 4, "b": 2})

    assert more_of_the_group(a_host(host), a_request(group=group)) == liked


def test_a_group_without_members_or_of_another_policy_has_no_wish() -> None:
    empty = GroupOnHosts("g", Policy.SOFT_AFFINITY, 1, {})
    other = GroupOnHosts("g", Policy.AFFINITY, 1, {"a": 1})

    for group in (None, empty, other):
        assert more_of_the_group(a_host("a"), a_request(group=group)) == 0.0
