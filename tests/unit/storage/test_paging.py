"""Long lists in parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import delete, insert, select

from tests.support.clock import NOON
from vmctld.domain.paging import Page
from vmctld.errors import InvalidRequest
from vmctld.storage.columns import core
from vmctld.storage.database import Database
from vmctld.storage.paging import page_of
from vmctld.storage.tables.network import NetworkRow

NETWORKS = core(NetworkRow)
ORDER = (NETWORKS.c.name, NETWORKS.c.id)


@pytest.fixture
def database(fresh_database: Callable[[], Database]) -> Iterator[Database]:
    """Six networks; each name is there twice."""
    database = fresh_database()
    common = {"project_id": "demo", "shared": False, "mtu_bytes": 1500, "created_at": NOON}
    rows = [{"id": str(n), "name": "abc"[n % 3], **common} for n in range(6)]
    with database.write() as tx:
        tx.execute(insert(NETWORKS), rows)
    yield database
    database.close()


def ids_of(database: Database, page: Page) -> list[str]:
    with database.read() as tx:
        return [row.id for row in page_of(tx, select(NETWORKS), ORDER, page)]


def test_pages_put_together_are_the_whole_list_in_order(database: Database) -> None:
    collected: list[str] = []
    while page := ids_of(database, Page(2, collected[-1] if collected else None)):
        collected += page

    assert collected == ["0", "3", "1", "4", "2", "5"]


def test_what_is_made_and_deleted_meanwhile_neither_repeats_nor_hides_others(
    database: Database,
) -> None:
    first = ids_of(database, Page(3))
    with database.write() as tx:
        tx.execute(delete(NETWORKS).where(NETWORKS.c.id == first[0]))

    assert ids_of(database, Page(9, first[-1])) == ["4", "2", "5"]


def test_a_marker_outside_the_list_is_answered_as_one_that_does_not_exist(
    database: Database,
) -> None:
    seen = select(NETWORKS).where(NETWORKS.c.name != "a")
    answers = []
    for marker in ("0", "9"):  # there, and not there
        with database.read() as tx, pytest.raises(InvalidRequest) as refusal:
            page_of(tx, seen, ORDER, Page(2, marker))
        answers.append(refusal.value.message.replace(marker, "ID"))

    assert answers[0] == answers[1]


def test_a_marker_that_is_gone_is_refused(database: Database) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        ids_of(database, Page(2, "gone"))

    assert refusal.value.code == "marker-not-found"
