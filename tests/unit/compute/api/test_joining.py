from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.clock import FakeClock
from tests.support.cloud import a_validation
from vmctld.compute.api.admission import Admission
from vmctld.compute.quotas import ProjectQuotas
from vmctld.compute.server_groups import ServerGroups
from vmctld.domain.boot_request import BootRequest
from vmctld.domain.server_group import ServerGroup
from vmctld.domain.wishes import Hint
from vmctld.errors import QuotaExceeded
from vmctld.storage.database import Database

ALICE = a_caller()


@pytest.fixture
def groups(database: Database, clock: FakeClock) -> ServerGroups:
    return ServerGroups(database, ProjectQuotas(database), clock)


@pytest.fixture
def group(groups: ServerGroups) -> ServerGroup:
    return groups.create(ALICE, "web", "soft-anti-affinity")


def _boot(admission: Admission, group: ServerGroup, name: str = "web", **more: int) -> list[str]:
    request = BootRequest(
        name=name, flavor="m1.nano", image="tiny", hints=(Hint("group", group.id),), **more
    )
    return [one.id for one in admission.boot(a_validation(ALICE), request, None)]


def test_a_server_is_in_its_group_from_the_moment_it_is_accepted(
    admission: Admission, groups: ServerGroups, group: ServerGroup
) -> None:
    made = _boot(admission, group, min_count=2, max_count=2)

    assert set(groups.get(ALICE, group.id).members) == set(made)


def test_members_that_join_at_the_same_time_never_pass_the_quota(
    admission: Admission, groups: ServerGroups, group: ServerGroup, database: Database
) -> None:
    ProjectQuotas(database).update_quotas(an_admin("demo"), {"server_group_members": 5})

    def attempt(number: int) -> bool:
        try:
            _boot(admission, group, f"web-{number}")
        except QuotaExceeded:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        accepted = sum(pool.map(attempt, range(20)))

    assert accepted == len(groups.get(ALICE, group.id).members) == 5


def test_what_a_group_refuses_takes_nothing_of_the_quota(
    admission: Admission, group: ServerGroup, database: Database
) -> None:
    quotas = ProjectQuotas(database)
    quotas.update_quotas(an_admin("demo"), {"server_group_members": 1})
    with pytest.raises(QuotaExceeded, match="too many servers in group"):
        _boot(admission, group, min_count=2, max_count=2)

    used = {one.resource: one.used for one in quotas.get_quotas(ALICE).quotas}
    assert used["instances"] == 0
