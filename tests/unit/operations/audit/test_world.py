"""What a look at the world shows, and what it leaves open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from tests.support.living import HOST, INSTANCE, OTHER_HOST
from vmctld.domain.machine import MachineStatus
from vmctld.drivers.fake.driver import FakeDriver
from vmctld.errors import HypervisorFailed
from vmctld.operations.audit.world import World, machines_of
from vmctld.operations.installation import Installation


class Broken(FakeDriver):
    """A driver that cannot tell."""

    def machines(self) -> Sequence[MachineStatus]:
        raise HypervisorFailed("no answer")


@contextmanager
def a_world(installation: Installation, **values: object) -> Iterator[World]:
    """Give a look, after columns of the instance were changed."""
    with installation.database.write() as tx:
        for name, value in values.items():
            tx.exec_driver_sql(f"UPDATE instances SET {name} = ?", (value,))
    with installation.database.read() as tx:
        yield World(tx, installation)


def test_a_host_that_does_not_answer_is_left_out() -> None:
    found = machines_of({"a": FakeDriver(), "b": Broken()})

    assert list(found) == ["a"]


def test_machines_are_asked_for_after_the_snapshot(installation: Installation) -> None:
    with a_world(installation) as world:
        installation.drivers[HOST].destroy(INSTANCE)

        assert world.machines[HOST] == {}
        assert INSTANCE in world.living


@pytest.mark.parametrize(
    ("values", "is_gone"),
    [
        ({}, False),
        ({"vm_state": "building"}, False),
        ({"vm_state": "error"}, False),
        ({"vm_state": "error", "host": None}, True),
        ({"vm_state": "error", "host": None, "task_state": "deleting"}, False),
        ({"vm_state": "deleted"}, True),
    ],
)
def test_only_what_nobody_may_hold_anything_for_is_gone(
    installation: Installation, values: dict[str, Any], is_gone: bool
) -> None:
    with a_world(installation, **values) as world:
        assert world.is_gone(INSTANCE) is is_gone


def test_nothing_is_held_for_nobody(installation: Installation) -> None:
    with a_world(installation) as world:
        assert world.is_gone(None)
        assert world.is_gone("unknown")


def test_a_machine_may_be_on_the_host_of_its_instance_only(installation: Installation) -> None:
    with a_world(installation) as world:
        assert world.may_be_on(INSTANCE, HOST)
        assert not world.may_be_on(INSTANCE, OTHER_HOST)
        assert not world.may_be_on("unknown", HOST)


def test_what_happened_two_minutes_ago_is_no_longer_under_way(installation: Installation) -> None:
    with a_world(installation) as world:
        assert world.is_old(world.now - timedelta(seconds=121))
        assert not world.is_old(world.now - timedelta(seconds=119))
