from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.clock import FakeClock
from vmctld.compute.quotas import ProjectQuotas
from vmctld.compute.server_groups import ServerGroups
from vmctld.domain.paging import Page
from vmctld.domain.server_group import Policy
from vmctld.errors import Conflict, Forbidden, InvalidRequest, NotFound, QuotaExceeded
from vmctld.storage.database import Database

ALICE = a_caller()


@pytest.fixture
def quotas(database: Database) -> ProjectQuotas:
    return ProjectQuotas(database)


@pytest.fixture
def groups(database: Database, quotas: ProjectQuotas, clock: FakeClock) -> ServerGroups:
    return ServerGroups(database, quotas, clock)


@pytest.mark.parametrize("policy", Policy)
def test_a_group_of_every_policy_can_be_made(groups: ServerGroups, policy: Policy) -> None:
    made = groups.create(ALICE, " web ", policy.value)

    assert (made.name, made.policy, made.max_server_per_host) == ("web", policy, 1)
    assert groups.get(ALICE, "web") == groups.get(ALICE, made.id) == made


def test_anti_affinity_may_allow_several_on_a_host(groups: ServerGroups) -> None:
    assert groups.create(ALICE, "web", "anti-affinity", 3).max_server_per_host == 3


@pytest.mark.parametrize(
    ("policy", "rule", "code"),
    [
        ("legacy", 0, "invalid-policy"),
        ("affinity", 2, "invalid-policy-rule"),
        ("anti-affinity", -1, "invalid-policy-rule"),
        ("anti-affinity", 1001, "invalid-policy-rule"),
    ],
)
def test_a_policy_or_rule_that_is_none_is_refused(
    groups: ServerGroups, policy: str, rule: int, code: str
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        groups.create(ALICE, "web", policy, rule)

    assert refusal.value.code == code


def test_groups_made_at_the_same_time_never_pass_the_quota(
    groups: ServerGroups, quotas: ProjectQuotas
) -> None:
    def attempt(number: int) -> bool:
        try:
            groups.create(ALICE, f"web-{number}", "affinity")
        except QuotaExceeded:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        made = sum(pool.map(attempt, range(30)))

    used = {one.resource: one.used for one in quotas.get_quotas(ALICE).quotas}
    assert made == used["server_groups"] == 10


def test_a_list_is_of_ones_own_project_in_parts(groups: ServerGroups) -> None:
    names = ["a", "b", "c"]
    for name in names:
        groups.create(ALICE, name, "affinity")
    groups.create(a_caller("other"), "d", "affinity")

    def named(page: Page, offset: int = 0, **more: bool) -> set[str]:
        caller = an_admin("demo") if more else ALICE
        return {group.name for group in groups.page(caller, page, offset, **more)}

    assert named(Page()) == {"a", "b", "c"}
    assert len(named(Page(2))) == 2
    assert len(named(Page(), 2)) == 1
    assert named(Page(), all_projects=True) == {"a", "b", "c", "d"}
    with pytest.raises(Forbidden):
        groups.page(ALICE, Page(), all_projects=True)


def test_anothers_group_does_not_exist_but_for_admins(groups: ServerGroups) -> None:
    made = groups.create(a_caller("other"), "web", "affinity")

    with pytest.raises(NotFound) as refusal:
        groups.get(ALICE, made.id)
    assert refusal.value.code == "server-group-not-found"
    assert groups.get(an_admin(), made.id) == made


def test_a_name_that_several_have_is_ambiguous(groups: ServerGroups) -> None:
    for _ in range(2):
        groups.create(ALICE, "web", "affinity")

    with pytest.raises(Conflict):
        groups.delete(ALICE, "web")


def test_a_group_that_is_deleted_is_gone(groups: ServerGroups) -> None:
    groups.create(ALICE, "web", "affinity")

    groups.delete(ALICE, "web")

    with pytest.raises(NotFound):
        groups.get(ALICE, "web")
