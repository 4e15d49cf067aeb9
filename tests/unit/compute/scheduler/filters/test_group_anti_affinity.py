from __future__ import annotations

import pytest

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.group_anti_affinity import keeps_group_apart
from vmctld.domain.server_group import GroupOnHosts, Policy


@pytest.mark.parametrize(("allowed", "passes"), [(1, False), (2, False), (3, True)])
def test_a_host_has_as_many_of_the_group_as_its_rule_allows(allowed: int, passes: bool) -> None:
    group = GroupOnHosts("web", Policy.ANTI_AFFINITY, allowed, {"a": 2})

    reason = keeps_group_apart(a_host("a"), a_request(group=group))

    assert (reason is None) is passes
    if not passes:
        assert reason == f"it has 2 servers of group web, at most {allowed} may be here"


def test_a_host_without_a_member_will_do() -> None:
    group = GroupOnHosts("web", Policy.ANTI_AFFINITY, 1, {"a": 1})

    assert keeps_group_apart(a_host("b"), a_request(group=group)) is None


@pytest.mark.parametrize("policy", set(Policy) - {Policy.ANTI_AFFINITY})
def test_other_policies_are_none_of_its_business(policy: Policy) -> None:
    group = GroupOnHosts("web", policy, 1, {"a": 1})

    assert keeps_group_apart(a_host("a"), a_request(group=group)) is None
    assert keeps_group_apart(a_host("a"), a_request()) is None
