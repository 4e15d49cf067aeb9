"""Dead letters in the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.support.clock import NOON
from vmctld.domain.operations import KeptLetter
from vmctld.domain.paging import Page
from vmctld.storage.database import Database
from vmctld.storage.repositories import dead_letters

LETTER = KeptLetter(
    id="l0",
    died_at=NOON,
    address="agent.host-1",
    message="BuildInstance",
    instance_id="i1",
    request_id="req-1",
    code="internal",
    reason="it broke",
    body="{}",
)


def _keep(database: Database, number: int) -> list[KeptLetter]:
    letters = [
        replace(LETTER, id=f"l{n}", died_at=NOON + timedelta(seconds=n)) for n in range(number)
    ]
    with database.write() as tx:
        for letter in letters:
            dead_letters.keep(tx, letter)
    return letters


def test_a_letter_comes_back_as_it_was_until_it_is_removed(database: Database) -> None:
    unreadable = replace(LETTER, id="l9", instance_id=None, body=None)
    with database.write() as tx:
        for letter in (LETTER, unreadable):
            dead_letters.keep(tx, letter)
            assert dead_letters.get(tx, letter.id) == letter

        assert dead_letters.remove(tx, "l0")
        assert not dead_letters.remove(tx, "l0")
        assert dead_letters.get(tx, "l0") is None
        assert dead_letters.count(tx) == 1


def test_a_letter_that_is_told_again_is_kept_once_as_it_is_now(database: Database) -> None:
    again = replace(LETTER, died_at=NOON + timedelta(hours=1), reason="it broke again")
    with database.write() as tx:
        dead_letters.keep(tx, LETTER)
        dead_letters.keep(tx, again)

        assert dead_letters.latest(tx, 9) == [again]


def test_pages_are_oldest_first_and_the_latest_come_first(database: Database) -> None:
    letters = _keep(database, 5)

    with database.read() as tx:
        first = dead_letters.page(tx, Page(2))
        second = dead_letters.page(tx, Page(9, first[-1].id))
        latest = dead_letters.latest(tx, 2)

    assert [*first, *second] == letters
    assert latest == [letters[4], letters[3]]


def test_what_is_old_or_too_much_is_removed(database: Database) -> None:
    _keep(database, 6)

    with database.write() as tx:
        removed = dead_letters.remove_old(tx, NOON + timedelta(seconds=2), most=3)
        left = [letter.id for letter in dead_letters.page(tx, Page())]

    assert (removed, left) == (3, ["l3", "l4", "l5"])
