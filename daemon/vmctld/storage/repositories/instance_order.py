"""In which order a list has its instances, and where in it a page begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_, select

from vmctld.domain.instance import STATUS_DURING, STATUS_OF, VmState
from vmctld.domain.instance_list import SortKey
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.tables.compute import InstanceRow

_C = core(InstanceRow).c
_STATUS = case(
    *(
        (and_(_C.vm_state == state.value, _C.task_state == task.value), word)
        for (state, task), word in STATUS_DURING.items()
    ),
    (
        and_(_C.vm_state == VmState.BUILDING.value, _C.aside.is_not(None)),
        STATUS_OF[VmState.SHELVED_OFFLOADED],
    ),
    else_=case({state.value: word for state, word in STATUS_OF.items()}, value=_C.vm_state),
)
_COLUMNS = (
    *("id", "name", "project_id", "user_id", "vm_state", "task_state", "power_state", "host"),
    *("image_id", "image_name", "key_name", "availability_zone", "description", "hostname"),
    *("created_at", "updated_at", "launched_at", "terminated_at", "attempt", "request_id"),
    *("reservation_id", "launch_index", "ssh_port", "accelerator"),
)
SORTED_BY: Mapping[str, ColumnElement[Any]] = {
    **{name: _C[name] for name in _COLUMNS},
    "status": _STATUS,
}
"""What a list can be sorted by, by its name on the wire."""

NEWEST_FIRST = (SortKey("created_at"), SortKey("id"))
_Term = tuple[ColumnElement[Any], bool]  # what to sort by, and whether the largest is first


def terms_of(order: Sequence[SortKey]) -> list[_Term]:
    """Return what the database sorts by; what is nothing is smaller than all else.

    Two that are alike in all of ``order`` have the newest first.
    """
    terms: list[_Term] = []
    for key in (*order, *NEWEST_FIRST):
        column = SORTED_BY[key.field]
        if getattr(column, "nullable", False):
            terms.append((case((column.is_(None), 0), else_=1), key.descending))
        terms.append((column, key.descending))
    return terms


def behind(tx: Tx, terms: Sequence[_Term], marker_id: str) -> ColumnElement[bool]:
    """Return the condition of all that comes after the instance ``marker_id``."""
    columns = [column.label(f"term_{number}") for number, (column, _) in enumerate(terms)]
    values = tx.execute(select(*columns).where(_C.id == marker_id)).one()
    return or_(*_ways_behind(terms, values))


def _ways_behind(terms: Sequence[_Term], values: Sequence[Any]) -> Iterator[ColumnElement[bool]]:
    """Yield, for each term, that it comes later there while all before it are alike."""
    alike: list[ColumnElement[bool]] = []
    for (column, descending), value in zip(terms, values, strict=True):
        if value is None:
            alike.append(column.is_(None))
            continue
        yield and_(*alike, column < value if descending else column > value)
        alike.append(column == value)
