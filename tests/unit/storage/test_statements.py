"""Taking a key by insert."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests.support.clock import NOON
from vmctld.storage.columns import core
from vmctld.storage.database import Database
from vmctld.storage.statements import InsertIfAbsent
from vmctld.storage.tables.identity import ProjectRow, RoleAssignmentRow

PROJECTS = core(ProjectRow)


def a_row(project_id: str, name: str) -> dict[str, object]:
    return {
        "id": project_id,
        "name": name,
        "description": "",
        "enabled": True,
        "created_at": NOON,
    }


def test_whoever_comes_second_learns_it_and_the_transaction_goes_on(database: Database) -> None:
    insert = InsertIfAbsent(PROJECTS)

    with database.write() as tx:
        answers = [
            insert(tx, a_row("1", "lab")),
            insert(tx, a_row("1", "other")),  # the id is taken
            insert(tx, a_row("2", "lab")),  # the name is
            insert(tx, a_row("3", "shop")),
        ]

    assert answers == [True, False, False, True]
    with database.read() as tx:
        assert tx.execute(select(PROJECTS.c.id).order_by(PROJECTS.c.id)).scalars().all() == [
            "1",
            "3",
        ]


def test_a_reference_to_nothing_is_still_an_error(database: Database) -> None:
    insert = InsertIfAbsent(core(RoleAssignmentRow))

    with pytest.raises(IntegrityError), database.write() as tx:
        insert(tx, {"user_id": "nobody", "project_id": "nothing", "role": "admin"})
