"""The journal of an instance ends with the instance."""

from __future__ import annotations

from datetime import timedelta

import pytest
from vmctld.storage.database import Database
from vmctld.storage.repositories import journal
from vmctld.storage.repositories.journal import JournalEntry

from tests.support.clock import NOON

LATER = NOON + timedelta(minutes=1)


def an_entry(action: str, state: str, *, instance_id: str = "i1") -> JournalEntry:
    ended = None if state == "running" else NOON
    return JournalEntry(instance_id, "boot", 1, action, 1, state, "host-1", NOON, ended, None, ())


@pytest.mark.parametrize(
    ("state", "ended_as", "ended_at"),
    [
        ("running", "undone", LATER),
        ("stuck", "undone", LATER),
        ("done", "done", NOON),
        ("failed", "failed", NOON),
    ],
)
def test_what_has_no_end_is_undone_when_its_instance_goes(
    database: Database, state: str, ended_as: str, ended_at: object
) -> None:
    with database.write() as tx:
        journal.write(tx, [an_entry("spawn", state)])

        journal.end_open(tx, "i1", LATER)

        (entry,) = journal.of_instance(tx, "i1", "boot")
    assert (entry.state, entry.ended_at) == (ended_as, ended_at)


def test_other_instances_go_on(database: Database) -> None:
    with database.write() as tx:
        journal.write(tx, [an_entry("spawn", "running", instance_id="i2")])

        journal.end_open(tx, "i1", LATER)

        (entry,) = journal.of_instance(tx, "i2", "boot")
    assert entry.state == "running"
