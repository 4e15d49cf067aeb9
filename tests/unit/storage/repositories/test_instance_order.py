"""Sorted lists: every instance once, whatever is sorted by and wherever a page ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.clock import NOON
from tests.support.instances import an_instance, keep
from vmctld.domain.instance import TaskState, VmState
from vmctld.domain.instance_list import SortKey
from vmctld.storage.database import Database
from vmctld.storage.repositories.instance_order import SORTED_BY
from vmctld.storage.repositories.instance_pages import InstanceFilter, Part, brief_page, page

KEYS = st.builds(
    SortKey, st.sampled_from(["name", "host", "launch_index", "created_at"]), st.booleans()
)


@pytest.mark.parametrize("field", SORTED_BY)
def test_whatever_can_be_sorted_by_is_walked_page_by_page(database: Database, field: str) -> None:
    keep(
        database,
        an_instance(name="a", host="x", key_name="k", launched_at=NOON),
        an_instance(name="b", vm_state=VmState.STOPPED, task_state=TaskState.REBUILDING),
        an_instance(name="c", host="y", vm_state=VmState.ACTIVE),
    )

    for descending in (True, False):
        assert len(_walked(database, (SortKey(field, descending),), 1)) == 3


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from([None, "x", "y"]), st.integers(0, 2)),
        max_size=9,
    ),
    st.lists(KEYS, max_size=3),
    st.integers(1, 4),
)
def test_pages_are_those_of_the_whole_list_sorted(
    fresh_database: Callable[[], Database],
    drawn: list[tuple[str, str | None, int]],
    order: list[SortKey],
    size: int,
) -> None:
    database = fresh_database()
    kept = [
        an_instance(name=n, host=h, launch_index=i, created_at=NOON + timedelta(seconds=number))
        for number, (n, h, i) in enumerate(drawn)
    ]
    keep(database, *kept)

    walked = _walked(database, tuple(order), size)
    database.close()

    expected = sorted(kept, key=lambda one: (one.created_at, one.id), reverse=True)
    for key in reversed(order):
        expected.sort(
            key=lambda one, key=key: _smallest_is_nothing(getattr(one, key.field)),
            reverse=key.descending,
        )
    assert walked == [one.id for one in expected]


def test_nova_shows_what_a_status_is_and_sorts_by_that(database: Database) -> None:
    keep(
        database,
        an_instance(name="building"),
        an_instance(name="active", vm_state=VmState.ACTIVE),
        an_instance(name="rebooting", vm_state=VmState.ACTIVE, task_state=TaskState.REBOOTING),
    )

    with database.read() as tx:
        found = brief_page(tx, InstanceFilter(), Part(9, order=(SortKey("status", False),)))

    assert [one.status for one in found] == ["ACTIVE", "BUILD", "REBOOT"]


def _walked(database: Database, order: tuple[SortKey, ...], size: int) -> list[str]:
    seen: list[str] = []
    with database.read() as tx:
        while found := page(tx, InstanceFilter(), Part(size, seen[-1] if seen else None, order)):
            seen += [one.id for one in found]
    return seen


def _smallest_is_nothing(value: Any) -> tuple[bool, Any]:
    return (value is not None, "" if value is None else value)
