from __future__ import annotations

import pytest

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.group_affinity import keeps_group_together
from vmctld.domain.server_group import GroupOnHosts, Policy


def test_only_the_host_of_the_group_will_do() -> None:
    request = a_request(group=GroupOnHosts("db", Policy.AFFINITY, 1, {"a": 2}))

    assert keeps_group_together(a_host("a"), request) is None
    assert keeps_group_together(a_host("b"), request) == (
        "group db has its 2 servers on another host"
    )


def test_the_first_of_a_group_may_go_anywhere() -> None:
    request = a_request(group=GroupOnHosts("db", Policy.AFFINITY, 1, {}))

    assert keeps_group_together(a_host("b"), request) is None


@pytest.mark.parametrize("policy", set(Policy) - {Policy.AFFINITY})
def test_other_policies_are_none_of_its_business(policy: Policy) -> None:
    request = a_request(group=GroupOnHosts("db", policy, 1, {"a": 1}))

    assert keeps_group_together(a_host("b"), request) is None
    assert keeps_group_together(a_host("b"), a_request()) is None
