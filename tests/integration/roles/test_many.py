"""Ten thousand boots through four processes: none lost, none doubled."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.integration.roles.users import Users

BATCH, BATCHES = 1000, 10
BATCH_S = 600.0


@pytest.mark.long
def test_of_ten_thousand_boots_none_is_lost(users: Users) -> None:
    users.make_wide_network()
    all_ids: list[str] = []

    for _ in range(BATCHES):
        ids = users.boot(BATCH, network="wide").ids()
        assert users.all_settle(ids, BATCH_S) == Counter(ACTIVE=BATCH)
        all_ids += ids

    assert users.machines() == Counter(all_ids)
    assert len(set(all_ids)) == BATCH * BATCHES
