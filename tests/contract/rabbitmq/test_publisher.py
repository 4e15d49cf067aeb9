"""Sending: what is kept, what is refused, who may say who they are."""

from __future__ import annotations

from functools import partial

import pytest

from tests.contract.rabbitmq.conftest import Yard
from tests.support.bus import DEADLINE_S, Answer, Ask, Recorder, an_envelope, everything
from tests.support.rabbitmq import HOST, free_ports
from tests.support.waiting import eventually
from vmctld.bus.rabbitmq import publisher
from vmctld.bus.rabbitmq.publisher import MAX_BODY_BYTES, ROOM
from vmctld.bus.tap import Fate
from vmctld.errors import Exhausted, Forbidden


def test_a_host_cannot_send_as_another(yard: Yard) -> None:
    conductor, recorder = yard.open(), Recorder(Answer(1))
    conductor.serve("conductor", recorder, pool="p", workers=1)
    host = yard.open(yard.broker.url(HOST))

    with pytest.raises(Forbidden) as refusal:
        host.named("web-2").call("conductor", Ask(1), timeout_s=DEADLINE_S)

    assert refusal.value.code == "sender-refused"
    assert refusal.value.facts == {"user": HOST, "sender": "web-2"}
    host.wait_ready(DEADLINE_S)
    assert host.call("conductor", Ask(2), timeout_s=DEADLINE_S) == Answer(1)
    assert [delivery.sender for delivery in recorder.deliveries] == [HOST]


def test_what_others_sent_survives_a_sender_that_was_refused(yard: Yard) -> None:
    recorder, settled = Recorder(), set[int]()
    yard.open().serve("conductor", recorder, pool="p", workers=1)
    host = yard.open(yard.broker.url(HOST))

    for number in range(20):
        handle = host.named("web-2") if number == 10 else host
        assert handle.send("conductor", an_envelope(Ask(number)), partial(settled.add, number))

    expected = set(range(20)) - {10}
    assert eventually(lambda: settled == expected)
    assert eventually(lambda: {m.number for m in recorder.messages} == expected)  # type: ignore[attr-defined]


def test_without_a_broker_as_much_is_taken_as_there_is_room_for(yard: Yard) -> None:
    [port] = free_ports(1)
    bus = yard.open(f"amqp://127.0.0.1:{port}", ready=False)
    envelope = an_envelope(Ask(1))

    taken = 0
    while taken <= ROOM and bus.send("scheduler", envelope, lambda: None):
        taken += 1

    assert taken == ROOM


def test_a_message_that_is_too_large_is_refused_where_it_is_sent(yard: Yard) -> None:
    bus = yard.open()
    large = everything(text="x" * MAX_BODY_BYTES)

    with pytest.raises(Exhausted) as refusal:
        bus.call("scheduler", large, timeout_s=DEADLINE_S)

    assert refusal.value.code == "message-too-large"


class FixedTap:
    """Gives every message that is sent the same fate."""

    def __init__(self, fate: Fate) -> None:
        self._fate = fate

    def at_send(self, address: str, message: object) -> Fate:
        return self._fate

    def at_delivery(self, address: str, message: object) -> Fate:
        return Fate()


@pytest.mark.parametrize("fate", [Fate(copies=2), Fate(copies=2, delay_s=0.05)])
def test_a_tap_doubles_and_delays_messages(yard: Yard, fate: Fate) -> None:
    recorder, heard = Recorder(), list[object]()
    bus = yard.open(tap=FixedTap(fate))
    bus.serve("scheduler", recorder, pool="p", workers=1)
    bus.subscribe("topic", heard.append)

    assert bus.send("scheduler", an_envelope(Ask(1)), lambda: None)
    bus.fanout("topic", Ask(2))

    assert eventually(recorder.has(2))
    assert recorder.messages == [Ask(1), Ask(1)]
    assert heard == [Ask(2), Ask(2)]


def test_what_a_tap_loses_was_confirmed_before(yard: Yard) -> None:
    bus, recorder, settled = yard.open(tap=FixedTap(Fate(copies=0))), Recorder(), []
    bus.serve("scheduler", recorder, pool="p", workers=1)

    assert bus.send("scheduler", an_envelope(Ask(1)), lambda: settled.append("yes"))

    assert settled == ["yes"]
    assert bus.depth()["scheduler"] == 0
    assert recorder.messages == []


def test_a_broker_that_forgets_a_confirm_is_asked_anew(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "CONFIRM_TIMEOUT_S", 0.2)
    settled: list[str] = []
    bus = yard.open_by_cable()

    yard.cable.hold()
    assert bus.send("scheduler", an_envelope(Ask(1)), lambda: settled.append("yes"))
    assert eventually(lambda: bus.problem() is not None)
    yard.cable.mend()

    assert eventually(lambda: settled == ["yes"])
