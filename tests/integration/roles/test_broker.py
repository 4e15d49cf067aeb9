"""The broker dies, comes back, and stands still: what was accepted meanwhile ends ACTIVE."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from tests.integration.roles.conftest import NewSplit
from tests.integration.roles.users import Users
from tests.support.rabbitmq import AGENT, Broker
from tests.support.split import FOUR, Split
from tests.support.waiting import eventually

ADDRESSES = ("scheduler", "conductor", "compute-api", AGENT, "dead-letters")
BOOTS = 40
FREEZE_S = 60.0
RESUMED_S = 120.0  # the longest pause between two attempts to connect is 15 s


@pytest.fixture(scope="module")
def split(new_split: NewSplit, own_broker: Broker) -> Split:
    split = new_split(own_broker)
    split.start(FOUR)
    return split


def _all_are_built_once(users: Users, ids: list[str]) -> None:
    assert users.all_settle(ids, RESUMED_S) == Counter(ACTIVE=len(ids))
    assert users.machines() == Counter(ids)
    users.delete_all()


def _all_queues_are_on_disk(broker: Broker, vhost: str) -> bool:
    return all(broker.remembers(f"vmctl.v1.{address}", vhost) for address in ADDRESSES)


def test_a_broker_that_is_killed_and_started_again_costs_no_boot(
    users: Users, own_broker: Broker, split: Split
) -> None:
    assert eventually(lambda: _all_queues_are_on_disk(own_broker, split.vhost))
    early = users.boot(BOOTS)
    early.wait_accepted(BOOTS // 2)

    own_broker.kill()
    late = users.boot(BOOTS)
    ids = [*early.ids(), *late.ids()]  # all accepted without a broker: the outbox keeps them
    own_broker.start()

    _all_are_built_once(users, ids)


@pytest.mark.long
def test_a_broker_that_stands_still_costs_no_boot(users: Users, own_broker: Broker) -> None:
    early = users.boot(BOOTS)
    early.wait_accepted(BOOTS // 2)

    own_broker.freeze()
    try:
        late = users.boot(BOOTS)
        ids = [*early.ids(), *late.ids()]
        threading.Event().wait(FREEZE_S)  # how long it stands still is what is tried here
    finally:
        own_broker.thaw()

    _all_are_built_once(users, ids)
