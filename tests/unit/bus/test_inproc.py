"""What only the bus in one process has: a bound, redelivery without a broker, a tap."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from tests.support.bus import DEADLINE_S, Answer, Ask, Gate, Recorder, an_envelope, everything
from tests.support.waiting import eventually
from vmctld.bus.base import Bus, DeadLetter, Defer
from vmctld.bus.inproc import InprocBus
from vmctld.bus.tap import Fate
from vmctld.errors import NotFound, TimedOut, Unavailable

MakeBus = Callable[..., InprocBus]


@pytest.fixture
def make_bus() -> Iterator[MakeBus]:
    """Make buses that are closed in the end."""
    made: list[Bus] = []

    def make(**options: object) -> InprocBus:
        bus = InprocBus("test", **options)  # type: ignore[arg-type]
        made.append(bus)
        return bus

    yield make
    for bus in made:
        bus.close()


class FixedTap:
    """Gives every message on its way the same fate."""

    def __init__(self, *, at_send: Fate = Fate(), at_delivery: Fate = Fate()) -> None:  # noqa: B008
        self._at_send = at_send
        self._at_delivery = at_delivery

    def at_send(self, address: str, message: object) -> Fate:
        return self._at_send

    def at_delivery(self, address: str, message: object) -> Fate:
        return self._at_delivery


def serve(bus: InprocBus, recorder: Recorder) -> Recorder:
    bus.serve("a", recorder, pool="p", workers=1)
    return recorder


def send(bus: InprocBus, number: int = 1) -> list[str]:
    settled: list[str] = []
    assert bus.send("a", an_envelope(Ask(number)), lambda: settled.append("yes"))
    return settled


def test_a_message_is_handed_over_as_it_is(make_bus: MakeBus) -> None:
    bus = make_bus()
    recorder = serve(bus, Recorder(lambda delivery: delivery.message))
    message = everything()

    assert bus.call("a", message, timeout_s=DEADLINE_S) is message
    assert recorder.messages[0] is message


def test_a_copying_bus_hands_over_copies_of_messages_answers_errors_and_fanouts(
    make_bus: MakeBus,
) -> None:
    bus = make_bus(copy_messages=True)
    error = NotFound("gone")
    serve(bus, Recorder(lambda delivery: delivery.message, error))
    message, heard = everything(), list[object]()
    bus.subscribe("t", heard.append)

    answer = bus.call("a", message, timeout_s=DEADLINE_S)
    with pytest.raises(NotFound) as raised:
        bus.call("a", message, timeout_s=DEADLINE_S)
    bus.fanout("t", message)

    assert answer == heard[0] == message
    assert all(copy is not message for copy in (answer, heard[0]))
    assert raised.value is not error


def test_a_full_queue_takes_no_more_until_there_is_room(make_bus: MakeBus) -> None:
    bus, gate = make_bus(capacity=2), Gate()
    recorder = serve(bus, Recorder(gate))
    send(bus, 0)
    gate.wait_busy()
    send(bus, 1)
    send(bus, 2)

    assert not bus.send("a", an_envelope(Ask(3)), lambda: None)
    with pytest.raises(Unavailable) as refusal:
        bus.call("a", Ask(3), timeout_s=DEADLINE_S)
    bus.cast("a", Ask(3))
    gate.open()

    assert refusal.value.code == "queue-full"
    assert eventually(recorder.has(3))
    assert eventually(lambda: bus.send("a", an_envelope(Ask(4)), lambda: None))


def test_what_was_accepted_comes_again_even_if_there_is_no_room(make_bus: MakeBus) -> None:
    bus, gate = make_bus(capacity=1), Gate()
    recorder = serve(bus, Recorder(Unavailable("away"), gate, None))
    settled = send(bus, 1)
    assert eventually(recorder.has(1))
    send(bus, 2)
    gate.wait_busy()
    send(bus, 3)

    assert eventually(lambda: bus.depth() == {"a": 2})
    gate.open()

    assert eventually(lambda: settled == ["yes"])


def test_nobody_serves_an_address_so_nothing_is_taken_for_it(make_bus: MakeBus) -> None:
    assert not make_bus().send("a", an_envelope(Ask(1)), lambda: None)


def test_what_nobody_handled_yet_is_not_settled_by_closing(make_bus: MakeBus) -> None:
    bus, gate = make_bus(), Gate()
    recorder = serve(bus, Recorder(gate))
    first = send(bus, 1)
    second = send(bus, 2)
    gate.wait_busy()

    closer = threading.Thread(target=bus.close)
    closer.start()
    assert eventually(lambda: not bus.send("a", an_envelope(Ask(3)), lambda: None))
    gate.open()
    closer.join(DEADLINE_S)

    assert (first, second) == (["yes"], [])
    assert recorder.messages == [Ask(1)]


def test_a_deferred_message_is_settled_when_its_handler_says_so(make_bus: MakeBus) -> None:
    bus = make_bus()
    recorder = serve(bus, Recorder(Defer, None))
    deferred = send(bus, 1)
    send(bus, 2)
    assert eventually(recorder.has(2))

    assert deferred == []
    recorder.settles[0]()

    assert deferred == ["yes"]


def test_a_dead_letter_that_cannot_be_told_comes_again(make_bus: MakeBus) -> None:
    told: list[DeadLetter] = []

    def tell(letter: DeadLetter) -> None:
        told.append(letter)
        if len(told) == 1:
            raise Unavailable("the database is away")

    bus = make_bus(on_dead_letter=tell)
    recorder = serve(bus, Recorder(NotFound("no such instance")))

    settled = send(bus)

    assert eventually(lambda: settled == ["yes"])
    assert len(recorder.deliveries) == 2
    assert [letter.error.code for letter in bus.dead_letters()] == ["not-found"]


def test_dead_letters_are_kept_for_a_look(make_bus: MakeBus) -> None:
    bus = make_bus()
    serve(bus, Recorder(NotFound("no such instance")))

    send(bus, 7)

    assert eventually(lambda: [each.envelope.message for each in bus.dead_letters()] == [Ask(7)])


def test_a_caller_that_has_gone_is_not_worked_for(make_bus: MakeBus) -> None:
    bus, gate = make_bus(), Gate()
    recorder = serve(bus, Recorder(gate))
    send(bus, 1)
    gate.wait_busy()

    with pytest.raises(TimedOut):
        bus.call("a", Ask(2), timeout_s=0.05)
    gate.open()
    send(bus, 3)

    assert eventually(recorder.has(2))
    assert recorder.messages == [Ask(1), Ask(3)]


def test_a_bus_may_be_closed_by_one_of_its_handlers(make_bus: MakeBus) -> None:
    bus = make_bus()
    serve(bus, Recorder(lambda _: bus.close()))

    settled = send(bus)

    assert eventually(lambda: settled == ["yes"])


@pytest.mark.parametrize("moment", ["at_send", "at_delivery"])
def test_a_tap_loses_a_message(make_bus: MakeBus, moment: str) -> None:
    bus = make_bus(tap=FixedTap(**{moment: Fate(copies=0)}))
    recorder = serve(bus, Recorder())

    settled = send(bus)
    with pytest.raises(TimedOut):
        bus.call("a", Ask(2), timeout_s=0.05)

    assert recorder.messages == []
    assert settled == []


@pytest.mark.parametrize("moment", ["at_send", "at_delivery"])
def test_a_tap_doubles_a_message(make_bus: MakeBus, moment: str) -> None:
    bus = make_bus(tap=FixedTap(**{moment: Fate(copies=2)}))
    recorder = serve(bus, Recorder(lambda delivery: Answer(delivery.message.number)))

    settled = send(bus)
    assert bus.call("a", Ask(2), timeout_s=DEADLINE_S) == Answer(2)

    assert eventually(recorder.has(4))
    assert recorder.messages == [Ask(1), Ask(1), Ask(2), Ask(2)]
    assert settled == ["yes"]


@pytest.mark.parametrize("moment", ["at_send", "at_delivery"])
def test_a_tap_delays_a_message(make_bus: MakeBus, moment: str) -> None:
    bus = make_bus(tap=FixedTap(**{moment: Fate(delay_s=0.05)}))
    recorder = serve(bus, Recorder())

    settled = send(bus)

    assert eventually(lambda: settled == ["yes"])
    [delivery] = recorder.deliveries
    assert (delivery.taken_at - delivery.sent_at).total_seconds() >= 0.05


def test_a_tap_loses_and_doubles_fanouts(make_bus: MakeBus) -> None:
    for copies in (0, 2):
        bus, heard = make_bus(tap=FixedTap(at_send=Fate(copies=copies))), list[object]()
        bus.subscribe("t", heard.append)

        bus.fanout("t", Ask(1))

        assert heard == [Ask(1)] * copies


def test_workers_that_take_nothing_new_are_told_by_their_name() -> None:
    bus, gate = InprocBus(), Gate()
    bus.serve("agent.a", lambda delivery, _: gate(delivery), pool="agents", workers=1)
    try:
        bus.cast("agent.a", Ask(1))
        gate.wait_busy()

        with pytest.raises(TimedOut, match="The workers of agents") as refused:
            bus.round_trip_s(0.05)
    finally:
        gate.open()
        bus.close()

    assert refused.value.code == "workers-busy"
