"""One process dies in the middle of a hundred boots: all of them end ACTIVE, none twice."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.integration.roles.users import Users
from tests.support.split import FOUR, Split

BOOTS = 100


@pytest.mark.parametrize(
    "role",
    [pytest.param(role, marks=[] if role == "conductor" else pytest.mark.long) for role in FOUR],
)
def test_a_role_that_is_killed_loses_no_boot_and_doubles_none(
    split: Split, users: Users, role: str
) -> None:
    victim = split.role(role)
    boots = users.boot(BOOTS)
    boots.wait_accepted(BOOTS // 2)

    victim.kill()
    victim.begin()
    ids = boots.ids()
    ends = users.all_settle(ids)
    victim.wait_ready()

    assert ends == Counter(ACTIVE=BOOTS)
    assert len(set(ids)) == BOOTS
    assert users.machines() == Counter(ids)
    users.delete_all()
