"""Several daemons on one broker."""

from __future__ import annotations

import pytest

from tests.contract.rabbitmq.conftest import Yard
from tests.support.bus import DEADLINE_S, Answer, Ask, Recorder, an_envelope
from tests.support.waiting import eventually
from vmctld.bus.base import CallFailed, DeadLetter, MessageKind
from vmctld.errors import NotFound, Unavailable


def test_a_call_crosses_from_daemon_to_daemon(yard: Yard) -> None:
    yard.open().serve("conductor", Recorder(Answer(1), NotFound("gone")), pool="p", workers=1)
    caller = yard.open()

    assert caller.call("conductor", Ask(1), timeout_s=DEADLINE_S) == Answer(1)
    with pytest.raises(NotFound):
        caller.call("conductor", Ask(2), timeout_s=DEADLINE_S)


def test_nobody_serves_an_address_whose_daemon_has_stopped(yard: Yard) -> None:
    conductor, caller = yard.open(), yard.open()
    conductor.serve("conductor", Recorder(Answer(1)), pool="p", workers=1)
    assert caller.call("conductor", Ask(1), timeout_s=DEADLINE_S) == Answer(1)

    conductor.close()

    with pytest.raises(Unavailable) as refusal:
        caller.call("conductor", Ask(2), timeout_s=DEADLINE_S)
    assert refusal.value.code == "nobody-serves"


def test_the_answer_to_a_sent_call_finds_the_daemon_that_serves_the_reply_address(
    yard: Yard,
) -> None:
    api, scheduler, answers = yard.open(), yard.open(), Recorder()
    scheduler.serve("scheduler", Recorder(Answer(7), NotFound("gone")), pool="p", workers=1)
    api.serve("api", answers, pool="p", workers=1)

    for _ in range(2):
        envelope = an_envelope(Ask(7), kind=MessageKind.CALL, reply_to="api")
        assert api.send("scheduler", envelope, lambda: None)

    assert eventually(answers.has(2))
    assert answers.messages[0] == Answer(7)
    assert isinstance(answers.messages[1], CallFailed)


def test_a_fanout_reaches_each_daemon_once_the_sender_too(yard: Yard) -> None:
    buses = [yard.open() for _ in range(3)]
    heard: list[list[object]] = [[], [], []]
    for bus, mine in zip(buses, heard, strict=True):
        bus.subscribe("topic", mine.append)

    buses[0].fanout("topic", Ask(1))
    buses[1].fanout("topic", Ask(2))

    assert eventually(lambda: all(len(mine) >= 2 for mine in heard))
    assert [sorted(mine, key=str) for mine in heard] == [[Ask(1), Ask(2)]] * 3


def test_a_topic_is_heard_again_after_the_connection_was_cut(yard: Yard) -> None:
    bus, other, heard = yard.open_by_cable(), yard.open(), list[object]()
    bus.subscribe("topic", heard.append)

    yard.cable.cut()
    assert eventually(lambda: bus.problem() is not None)
    yard.cable.mend()
    bus.wait_ready(DEADLINE_S)

    other.fanout("topic", Ask(1))
    assert eventually(lambda: heard == [Ask(1)])


def test_the_depth_of_an_address_that_is_served_elsewhere_can_be_asked(yard: Yard) -> None:
    serving, asking = yard.open(), yard.open()
    serving.serve("scheduler", Recorder(), pool="p", workers=1)

    assert asking.depth(["scheduler", "agent.away"]) == {
        "dead-letters": 0,
        "scheduler": 0,
        "agent.away": 0,
    }


def test_the_depth_counts_what_lies_in_the_broker(yard: Yard) -> None:
    bus, settled = yard.open(), []
    bus.serve("scheduler", Recorder(), pool="p", workers=1)
    bus.close()
    other = yard.open()
    for number in range(3):
        assert other.send("scheduler", an_envelope(Ask(number)), lambda: settled.append(1))
    assert eventually(lambda: len(settled) == 3)

    assert other.depth() == {"dead-letters": 0}
    recorder = Recorder()
    other.serve("scheduler", recorder, pool="p", workers=1)
    assert eventually(recorder.has(3))
    assert eventually(lambda: other.depth() == {"dead-letters": 0, "scheduler": 0})


def test_dead_letters_wait_for_a_daemon_that_is_told_of_them(yard: Yard) -> None:
    bus = yard.open()
    bus.serve("scheduler", Recorder(NotFound("gone")), pool="p", workers=1)
    assert bus.send("scheduler", an_envelope(Ask(1)), lambda: None)
    assert eventually(lambda: bus.depth()["dead-letters"] == 1)

    letters: list[DeadLetter] = []
    told = yard.open(on_dead_letter=letters.append)

    assert eventually(lambda: len(letters) == 1)
    assert eventually(lambda: len(told.dead_letters()) == 1)
    assert bus.dead_letters() == []
    assert (letters[0].address, letters[0].envelope.message) == ("scheduler", Ask(1))
    assert eventually(lambda: bus.depth()["dead-letters"] == 0)


def test_a_dead_letter_that_cannot_be_told_stays_until_it_can(yard: Yard) -> None:
    told: list[DeadLetter] = []

    def tell(letter: DeadLetter) -> None:
        told.append(letter)
        if len(told) <= 7:  # more than a handler is tried
            raise Unavailable("the database is away")

    bus = yard.open(on_dead_letter=tell)
    bus.serve("scheduler", Recorder(NotFound("gone")), pool="p", workers=1)

    assert bus.send("scheduler", an_envelope(Ask(1)), lambda: None)

    assert eventually(lambda: len(told) == 8)
    assert eventually(lambda: bus.depth()["dead-letters"] == 0)
    assert {letter.envelope.request_id for letter in told} == {"req-test"}
