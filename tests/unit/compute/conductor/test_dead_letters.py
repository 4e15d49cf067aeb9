from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.bus import an_envelope
from tests.support.clock import FakeClock
from tests.support.instances import an_instance, keep, keep_hosts, keep_placed, kept
from tests.support.recording_bus import RecordingBus
from vmctld.bus.base import CallFailed, DeadLetter, Unreadable
from vmctld.bus.codec import decode_envelope
from vmctld.compute import messages as m
from vmctld.compute.conductor.dead_letters import DeadLetters
from vmctld.compute.outbox import Outbox
from vmctld.compute.placing import place_request
from vmctld.domain.instance import VmState, VolumePlan
from vmctld.domain.operations import KeptLetter
from vmctld.domain.paging import Page
from vmctld.errors import Internal
from vmctld.storage.database import Database
from vmctld.storage.repositories import dead_letters, hosts

ERROR = Internal("it broke five times", code="broken", facts={"tries": 5})


@pytest.fixture
def letters(database: Database, clock: FakeClock, bus: RecordingBus, outbox: Outbox) -> DeadLetters:
    keep_hosts(database, "a")
    letters = DeadLetters(database, clock)
    letters.connect(bus, outbox)
    return letters


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


def test_who_waits_for_the_instance_is_woken_and_schedulers_hear_of_the_room(
    letters: DeadLetters, database: Database, bus: RecordingBus
) -> None:
    instance = keep_placed(database)

    letters.on_dead_letter(_letter(m.BuildInstance(instance.id, 1)))

    (room,) = [news.hosts for topic, news in bus.told if topic == m.HOSTS_CHANGED]  # type: ignore[attr-defined]
    assert [host.host for host in room] == ["a"]
    assert (m.INSTANCE_CHANGED, m.InstanceChanged(instance.id)) in bus.told


def test_what_was_refused_for_good_wakes_those_who_wait_for_it(
    letters: DeadLetters, database: Database, bus: RecordingBus
) -> None:
    instance = an_instance()
    keep(database, instance)

    letters.on_call_failed(CallFailed(place_request(instance), ERROR), "req-9")

    assert bus.told == [(m.INSTANCE_CHANGED, m.InstanceChanged(instance.id))]


def test_volumes_that_were_reserved_for_it_are_freed_however_often_the_letter_comes(
    letters: DeadLetters, database: Database, bus: RecordingBus
) -> None:
    instance = an_instance(volumes=(VolumePlan("vol-1", "att-1"),))
    keep(database, instance)

    for _ in range(2):
        letters.on_dead_letter(_letter(place_request(instance)))

    assert bus.sent == [("conductor", m.ReleaseReserved(instance.id))] * 2


def test_a_letter_before_there_is_a_bus_is_kept_all_the_same(
    database: Database, clock: FakeClock
) -> None:
    keep_hosts(database, "a")
    instance = keep_placed(database)

    DeadLetters(database, clock).on_dead_letter(_letter(m.BuildInstance(instance.id, 1)))

    assert kept(database, instance.id).vm_state is VmState.ERROR


@pytest.mark.parametrize("sender", ["agent.a", "services", ""])
def test_a_build_is_given_up_by_its_own_host_and_by_services(
    letters: DeadLetters, database: Database, sender: str
) -> None:
    instance = keep_placed(database)
    letter = _letter(m.BuildInstance(instance.id, 1))

    letters.on_dead_letter(replace(letter, sender=sender))

    assert kept(database, instance.id).vm_state is VmState.ERROR


def test_a_host_can_give_up_nothing_of_others(letters: DeadLetters, database: Database) -> None:
    placed, waiting = keep_placed(database), an_instance()
    keep(database, waiting)

    for message in (m.BuildInstance(placed.id, 1), place_request(waiting)):
        letters.on_dead_letter(replace(_letter(message), sender="agent.b"))

    assert kept(database, placed.id).vm_state is VmState.BUILDING
    assert kept(database, waiting.id).vm_state is VmState.BUILDING
    assert len(_kept(database)) == 2
