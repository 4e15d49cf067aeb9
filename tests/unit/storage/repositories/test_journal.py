from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.support.clock import NOON
from tests.support.counting import counting
from tests.support.instances import a_fault
from vmctld.domain.trace import Outcome, TracedStep
from vmctld.storage.database import Database
from vmctld.storage.repositories import journal
from vmctld.storage.repositories.journal import JournalEntry

STEPS = (TracedStep(28, NOON + timedelta(microseconds=123456), 1.234, Outcome.FAILED, "ä"),)
ENTRY = JournalEntry("i-1", "boot", 1, "spawn", 9, "done", "a", NOON, NOON, None, STEPS)


def _write(database: Database, *entries: JournalEntry) -> list[JournalEntry]:
    with database.write() as tx:
        journal.write(tx, entries)
    with database.read() as tx:
        return journal.of_instance(tx, "i-1", "boot")


def test_an_entry_comes_back_as_it_was(database: Database) -> None:
    entry = replace(ENTRY, fault=a_fault(facts={"free": 1}))

    assert _write(database, entry) == [entry]


def test_the_last_state_counts_and_the_first_start(database: Database) -> None:
    later = NOON + timedelta(seconds=5)
    _write(database, replace(ENTRY, state="running", ended_at=None, steps=()))

    (entry,) = _write(database, replace(ENTRY, started_at=later, ended_at=later))

    assert (entry.state, entry.started_at, entry.ended_at) == ("done", NOON, later)


def test_steps_stay_until_there_are_new_ones(database: Database) -> None:
    _write(database, ENTRY)

    (begun_again,) = _write(database, replace(ENTRY, state="running", steps=()))
    newer = (replace(STEPS[0], detail="newer"),)
    (done_again,) = _write(database, replace(ENTRY, steps=newer))

    assert (begun_again.state, begun_again.steps) == ("running", STEPS)
    assert done_again.steps == newer


def test_entries_are_sorted_by_attempt_and_place_in_the_score(database: Database) -> None:
    found = _write(
        database,
        replace(ENTRY, attempt=2),
        ENTRY,
        replace(ENTRY, action="place", position=3),
        replace(ENTRY, saga="delete"),
        replace(ENTRY, instance_id="i-2"),
    )

    assert [(entry.attempt, entry.action) for entry in found] == [
        (1, "place"),
        (1, "spawn"),
        (2, "spawn"),
    ]


def test_a_state_can_be_changed_alone_and_what_is_stuck_is_found(database: Database) -> None:
    _write(database, ENTRY, replace(ENTRY, action="place"))
    with database.write() as tx:
        journal.set_state(tx, "i-1", "boot", 1, "spawn", "stuck")

    with database.read() as tx:
        assert journal.stuck(tx, 9) == [replace(ENTRY, state="stuck")]


def test_nothing_to_write_is_fine(database: Database) -> None:
    assert _write(database) == []


def test_the_steps_of_boots_are_counted_as_they_are_written(database: Database) -> None:
    with counting() as counts:
        _write(database, ENTRY, replace(ENTRY, saga="delete"), replace(ENTRY, steps=()))

    assert counts.steps == [(28, "spawn", 0.001234)]
