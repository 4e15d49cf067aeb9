from __future__ import annotations

import pytest
from vmctld.bus.base import CallFailed, DeadLetter, Unreadable
from vmctld.bus.codec import decode_envelope
from vmctld.compute import messages as m
from vmctld.compute.conductor.dead_letters import DeadLetters
from vmctld.compute.placing import place_request
from vmctld.domain.instance import VmState
from vmctld.domain.operations import KeptLetter
from vmctld.domain.paging import Page
from vmctld.errors import Internal
from vmctld.storage.database import Database
from vmctld.storage.repositories import dead_letters, hosts

from tests.support.bus import an_envelope
from tests.support.clock import FakeClock
from tests.support.instances import an_instance, keep, keep_hosts, keep_placed, kept

ERROR = Internal("it broke five times", code="broken", facts={"tries": 5})


@pytest.fixture
def letters(database: Database, clock: FakeClock) -> DeadLetters:
    keep_hosts(database, "a")
    return DeadLetters(database, clock)


def _letter(message: object) -> DeadLetter:
    return DeadLetter("scheduler", an_envelope(message, request_id="req-9"), ERROR)


def _kept(database: Database) -> list[KeptLetter]:
    with database.read() as tx:
        return dead_letters.page(tx, Page())


def test_an_instance_that_cannot_be_placed_fails_at_step_9(
    letters: DeadLetters, database: Database
) -> None:
    instance = an_instance()
    keep(database, instance)

    letters.on_dead_letter(_letter(place_request(instance)))

    failed = kept(database, instance.id)
    assert failed.fault is not None
    assert failed.vm_state is VmState.ERROR
    assert (failed.fault.code, failed.fault.step, failed.fault.request_id) == ("broken", 9, "req-9")
    assert failed.fault.hint


def test_a_build_that_cannot_be_taken_fails_at_step_13_and_frees_its_claim(
    letters: DeadLetters, database: Database
) -> None:
    instance = keep_placed(database)

    letters.on_dead_letter(_letter(m.BuildInstance(instance.id, 1)))

    failed = kept(database, instance.id)
    assert failed.fault is not None
    assert failed.fault.step == 13
    with database.read() as tx:
        assert hosts.everything(tx)[0].instances == 0


def test_a_second_copy_of_a_request_does_not_fail_what_the_first_one_placed(
    letters: DeadLetters, database: Database
) -> None:
    instance = keep_placed(database)

    letters.on_dead_letter(_letter(place_request(instance)))

    assert kept(database, instance.id).vm_state is VmState.BUILDING


def test_a_letter_of_an_earlier_attempt_fails_nothing(
    letters: DeadLetters, database: Database
) -> None:
    instance = keep_placed(database, attempt=2)

    letters.on_dead_letter(_letter(m.BuildInstance(instance.id, 1)))

    assert kept(database, instance.id).vm_state is VmState.BUILDING


def test_a_deletion_needs_nothing_the_sweep_asks_again(
    letters: DeadLetters, database: Database
) -> None:
    instance = keep_placed(database)

    letters.on_dead_letter(_letter(m.TerminateInstance(instance.id)))

    assert kept(database, instance.id).vm_state is VmState.BUILDING


def test_a_letter_is_kept_with_what_an_operator_needs(
    letters: DeadLetters, database: Database, clock: FakeClock
) -> None:
    instance = keep_placed(database)
    dead = _letter(m.BuildInstance(instance.id, 1))

    letters.on_dead_letter(dead)

    (letter,) = _kept(database)
    assert (letter.address, letter.message, letter.instance_id) == (
        *("scheduler", "BuildInstance"),
        instance.id,
    )
    assert (letter.died_at, letter.request_id) == (clock(), "req-9")
    assert (letter.code, letter.reason) == ("broken", "it broke five times")
    assert decode_envelope(letter.body or "") == dead.envelope


def test_a_letter_that_is_told_twice_is_one(letters: DeadLetters, database: Database) -> None:
    dead = _letter(m.TerminateInstance("i1"))
    garbage = [
        DeadLetter("conductor", an_envelope(Unreadable(b"?"), request_id=""), ERROR)
        for _ in range(2)  # each made anew, with a time of its own
    ]

    for letter in (dead, dead, *garbage):
        letters.on_dead_letter(letter)

    assert {(one.message, one.body is None) for one in _kept(database)} == {
        ("TerminateInstance", False),
        ("Unreadable", True),
    }
    assert len(_kept(database)) == 2


def test_a_request_that_was_refused_for_good_fails_its_instance(
    letters: DeadLetters, database: Database
) -> None:
    instance = an_instance()
    keep(database, instance)

    letters.on_call_failed(CallFailed(place_request(instance), ERROR), "req-9")

    assert kept(database, instance.id).vm_state is VmState.ERROR
