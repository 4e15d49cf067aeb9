"""What projects may have and what they have, in the database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from vmctld.domain.quota import UNLIMITED, Usage
from vmctld.storage.database import Database
from vmctld.storage.repositories import quotas

LIMITS = {"instances": 2, "cores": 4, "ram_mib": 1024, "key_pairs": 100}


def test_limits_that_were_set_come_back_and_can_be_set_again(database: Database) -> None:
    with database.write() as tx:
        assert quotas.limits_of(tx, "demo") == {}
        quotas.set_limits(tx, "demo", {"cores": 5, "instances": 1})
        quotas.set_limits(tx, "demo", {"cores": UNLIMITED})

        assert quotas.limits_of(tx, "demo") == {"cores": UNLIMITED, "instances": 1}
        assert quotas.limits_of(tx, "other") == {}


@pytest.mark.parametrize(
    ("wanted", "accepted"),
    [
        (Usage(2, 4, 1024), True),
        (Usage(3, 1, 1), False),
        (Usage(1, 5, 1), False),
        (Usage(1, 1, 1025), False),
    ],
)
def test_a_first_claim_is_held_to_every_limit(
    database: Database, wanted: Usage, accepted: bool
) -> None:
    with database.write() as tx:
        assert quotas.claim(tx, "demo", wanted, LIMITS) is accepted
        assert quotas.usage_of(tx, "demo") == (wanted if accepted else Usage())


def test_claims_add_up_and_what_is_given_back_can_be_had_again(database: Database) -> None:
    one = Usage(1, 2, 512)

    with database.write() as tx:
        answers = [quotas.claim(tx, "demo", one, LIMITS) for _ in range(3)]
        quotas.release(tx, "demo", one)
        answers.append(quotas.claim(tx, "demo", one, LIMITS))

        assert answers == [True, True, False, True]
        assert quotas.usage_of(tx, "demo") == Usage(2, 4, 1024)


def test_no_limit_is_no_limit(database: Database) -> None:
    unlimited = dict.fromkeys(LIMITS, UNLIMITED)

    with database.write() as tx:
        assert quotas.claim(tx, "demo", Usage(10**6, 10**6, 10**9), unlimited)


def test_a_recount_of_nothing_is_nothing(database: Database) -> None:
    with database.write() as tx:
        quotas.claim(tx, "demo", Usage(1, 1, 1), LIMITS)

        assert quotas.recount(tx, "demo") == quotas.usage_of(tx, "demo") == Usage()


def test_fifty_claims_at_the_same_time_never_pass_the_limit(database: Database) -> None:
    def attempt(_: int) -> bool:
        with database.write() as tx:
            return quotas.claim(tx, "demo", Usage(1, 1, 1), {**LIMITS, "instances": 7, "cores": 9})

    with ThreadPoolExecutor(50) as pool:
        accepted = sum(pool.map(attempt, range(50)))

    with database.read() as tx:
        assert accepted == quotas.usage_of(tx, "demo").instances == 7


def test_limits_that_were_taken_away_are_gone(database: Database) -> None:
    with database.write() as tx:
        quotas.set_limits(tx, "demo", {"cores": 5})
        quotas.remove_limits(tx, "demo")

        assert quotas.limits_of(tx, "demo") == {}


def test_limits_of_a_class_come_back_and_can_be_set_again(database: Database) -> None:
    with database.write() as tx:
        quotas.set_class_limits(tx, "default", {"cores": 5, "instances": 1})
        quotas.set_class_limits(tx, "default", {"cores": 6})

        assert quotas.class_limits(tx, "default") == {"cores": 6, "instances": 1}
        assert quotas.class_limits(tx, "other") == {}


def test_a_lock_on_a_project_that_used_nothing_yet_can_be_had(database: Database) -> None:
    with database.write() as tx:
        quotas.lock(tx, "new")

        assert quotas.usage_of(tx, "new") == Usage()
