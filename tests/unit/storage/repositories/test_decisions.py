from __future__ import annotations

from dataclasses import replace

from tests.support.clock import NOON
from vmctld.domain.placement import Decision, Verdict
from vmctld.storage.database import Database
from vmctld.storage.repositories import decisions

VERDICTS = (Verdict("a", weight=2.5), Verdict("b", "RamFilter", "0 MiB of RAM free"))
DECISION = Decision("i-1", 1, 2**40, "a", 2, VERDICTS, "", NOON)


def test_the_last_attempts_decision_is_found(database: Database) -> None:
    second = replace(DECISION, attempt=2, host=None, remedy="it would fit with less")
    with database.write() as tx:
        for decision in (second, DECISION):
            decisions.write(tx, decision)

    with database.read() as tx:
        assert decisions.last(tx, "i-1") == second
        assert decisions.last(tx, "i-2") is None


def test_a_decision_that_is_taken_again_replaces_the_first(database: Database) -> None:
    again = replace(DECISION, host="b", verdicts=())
    with database.write() as tx:
        decisions.write(tx, DECISION)
        decisions.write(tx, again)

    with database.read() as tx:
        assert decisions.last(tx, "i-1") == again
