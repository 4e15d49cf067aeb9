"""Servers that ran before intervals of use were kept have one each, in the size they have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.support.clock import NOON
from tests.support.instances import an_instance, keep
from vmctld.domain.instance import VmState
from vmctld.storage import schema
from vmctld.storage.database import Database
from vmctld.storage.repositories import instances, usage_intervals

HOUR = timedelta(hours=1)


@pytest.fixture
def database(bare_url: Callable[[], str]) -> Iterator[Database]:
    database = Database(bare_url())
    schema.ensure_schema(database)
    yield database
    database.close()


def test_what_ran_before_has_its_interval(database: Database) -> None:
    alive, gone, never = an_instance(), an_instance(), an_instance()
    keep(database, alive, gone, never)
    table = instances.TABLE
    with database.write() as tx:
        for instance, ended_at in ((alive, None), (gone, NOON + HOUR)):
            state = VmState.DELETED if ended_at else VmState.ACTIVE
            values = {"launched_at": NOON, "terminated_at": ended_at, "vm_state": state.value}
            tx.execute(table.update().where(table.c.id == instance.id).values(values))
        tx.execute(text("DELETE FROM usage_intervals"))
        schema.downgrade(tx, "0004")

    schema.ensure_schema(database)

    with database.read() as tx:
        found = usage_intervals.between(tx, NOON - HOUR, NOON + 9 * HOUR)
    told = {one.instance_id: (one.flavor_name, one.vcpus, one.ended_at) for one in found}
    assert told == {
        alive.id: ("m1.nano", 1, None),
        gone.id: ("m1.nano", 1, NOON + HOUR),
    }
