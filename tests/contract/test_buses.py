"""What every bus promises, run on each: see ``vmctld.bus.base.Bus``."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.support.bus import DEADLINE_S, Answer, Ask, Gate, Recorder, an_envelope, everything
from tests.support.rabbitmq import Broker
from tests.support.waiting import eventually
from vmctld.bus.base import Bus, CallFailed, DeadLetter, Defer, Delivery, MessageKind
from vmctld.bus.inproc import InprocBus
from vmctld.bus.rabbitmq import RabbitBus
from vmctld.errors import Internal, NotFound, TimedOut, Unavailable
from vmctld.observe.context import bind, current, remaining_s

OnDeadLetter = Callable[[DeadLetter], None]
OpenBus = Callable[[OnDeadLetter], Bus]


def open_inproc(on_dead_letter: OnDeadLetter) -> Bus:
    return InprocBus(on_dead_letter=on_dead_letter)


def open_inproc_copying(on_dead_letter: OnDeadLetter) -> Bus:
    return InprocBus(on_dead_letter=on_dead_letter, copy_messages=True)


def open_rabbitmq(broker: Broker) -> OpenBus:
    def open_bus(on_dead_letter: OnDeadLetter) -> Bus:
        prefix = f"test-{uuid.uuid4()}"
        bus = RabbitBus(broker.url(), prefix=prefix, on_dead_letter=on_dead_letter)
        bus.wait_ready(DEADLINE_S)
        return bus

    return open_bus


class Site:
    """A bus, its dead letters, and an address that no other test has."""

    def __init__(self, open_bus: OpenBus) -> None:
        self.letters: list[DeadLetter] = []
        self.bus = open_bus(self.letters.append)
        self.address = f"scheduler-{uuid.uuid4()}"
        self.back = f"api-{uuid.uuid4()}"

    def serve(self, handler: Recorder, address: str = "", *, workers: int = 1) -> Recorder:
        """Have ``handler`` take the messages of an address."""
        address = address or self.address
        self.bus.serve(address, handler, pool=f"pool-{address}", workers=workers)
        return handler

    def call(self, message: object) -> object:
        """Call the address."""
        return self.bus.call(self.address, message, timeout_s=DEADLINE_S)

    def send(self, message: object) -> list[str]:
        """Send as the relay does; the list that is returned fills when it is settled."""
        settled: list[str] = []
        assert self.bus.send(self.address, an_envelope(message), lambda: settled.append("yes"))
        return settled

    def is_closed(self) -> bool:
        """Return whether the bus takes no more: from then on no handler begins."""
        return not self.bus.send(self.address, an_envelope(Ask(0)), lambda: None)

    def ask(self, message: object) -> None:
        """Send a call whose answer goes to ``back``."""
        envelope = an_envelope(message, kind=MessageKind.CALL, reply_to=self.back)
        assert self.bus.send(self.address, envelope, lambda: None)


@pytest.fixture(params=["inproc", "inproc-copying", "rabbitmq"])
def open_bus(request: pytest.FixtureRequest) -> OpenBus:
    """Open a bus of each kind in turn."""
    if request.param == "rabbitmq":
        return open_rabbitmq(request.getfixturevalue("broker"))
    return open_inproc if request.param == "inproc" else open_inproc_copying


@pytest.fixture
def site(open_bus: OpenBus) -> Iterator[Site]:
    site = Site(open_bus)
    yield site
    site.bus.close()


def answer_of(delivery: Delivery) -> Answer:
    assert isinstance(delivery.message, Ask)
    return Answer(delivery.message.number)


def test_a_call_brings_the_answer(site: Site) -> None:
    site.serve(Recorder(answer_of))

    assert [site.call(Ask(n)) for n in range(3)] == [Answer(0), Answer(1), Answer(2)]


def test_every_type_of_field_arrives_as_it_left(site: Site) -> None:
    recorder = site.serve(Recorder(lambda delivery: delivery.message))

    answer = site.call(everything())

    assert recorder.messages == [everything()]
    assert answer == everything()


def test_calls_of_many_threads_each_get_their_own_answer(site: Site) -> None:
    site.serve(Recorder(answer_of), workers=4)
    answers: dict[int, object] = {}

    def ask(number: int) -> None:
        answers[number] = site.call(Ask(number))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)

    assert answers == {number: Answer(number) for number in range(16)}


def test_a_call_raises_what_the_handler_raised(site: Site) -> None:
    error = NotFound("No such thing.", code="thing-not-found", hint="Look.", facts={"n": [1, None]})
    recorder = site.serve(Recorder(error))

    with pytest.raises(NotFound) as raised:
        site.call(Ask(1))

    assert vars(raised.value) == vars(error)
    assert len(recorder.deliveries) == 1


def test_a_foreign_exception_is_internal_to_the_caller_and_keeps_its_words(site: Site) -> None:
    site.serve(Recorder(KeyError("/secret/path")))

    with pytest.raises(Internal) as raised:
        site.call(Ask(1))

    assert "secret" not in str(vars(raised.value))


def test_a_failed_call_is_not_delivered_again(site: Site) -> None:
    recorder = site.serve(Recorder(Unavailable("away"), answer_of))

    with pytest.raises(Unavailable, match="away"):
        site.call(Ask(1))

    assert site.call(Ask(2)) == Answer(2)
    assert recorder.messages == [Ask(1), Ask(2)]
    assert site.letters == []


def test_a_call_that_nobody_serves_is_unavailable_at_once(site: Site) -> None:
    with pytest.raises(Unavailable) as raised:
        site.call(Ask(1))

    assert raised.value.code == "nobody-serves"


def test_a_call_without_an_answer_times_out_and_a_late_answer_is_dropped(site: Site) -> None:
    gate = Gate()

    def answer_late(delivery: Delivery) -> Answer:
        gate(delivery)
        return answer_of(delivery)

    recorder = site.serve(Recorder(answer_late))

    with pytest.raises(TimedOut) as raised:
        site.bus.call(site.address, Ask(1), timeout_s=0.1)
    gate.open()

    assert raised.value.facts["address"] == site.address
    assert site.call(Ask(2)) == Answer(2)
    assert recorder.messages == [Ask(1), Ask(2)]


def test_a_call_waits_no_longer_than_the_request_that_it_is_part_of(site: Site) -> None:
    gate = Gate()
    site.serve(Recorder(gate))

    began_s = time.monotonic()
    with bind(timeout_s=0.1), pytest.raises(TimedOut):
        site.call(Ask(1))
    waited_s = time.monotonic() - began_s
    gate.open()

    assert waited_s < DEADLINE_S


def test_a_handler_works_on_behalf_of_the_callers_request(site: Site) -> None:
    seen: list[tuple[str, float | None]] = []
    recorder = site.serve(Recorder(lambda _: seen.append((current().request_id, remaining_s()))))

    with bind(request_id="req-mine"):
        site.call(Ask(1))

    [(request_id, left_s)] = seen
    assert request_id == recorder.deliveries[0].request_id == "req-mine"
    assert left_s is not None
    assert 0 < left_s <= DEADLINE_S


def test_a_call_outside_of_any_request_gets_an_id_of_its_own(site: Site) -> None:
    recorder = site.serve(Recorder())

    site.call(Ask(1))

    assert recorder.deliveries[0].request_id.startswith("req-")


def test_the_sender_is_the_handle_that_was_used(site: Site) -> None:
    recorder = site.serve(Recorder())

    site.bus.named("web-1").call(site.address, Ask(1), timeout_s=DEADLINE_S)
    site.bus.named("web-2").cast(site.address, Ask(2))

    assert eventually(recorder.has(2))
    assert [delivery.sender for delivery in recorder.deliveries] == ["web-1", "web-2"]


def test_a_delivery_says_when_it_was_sent_and_taken(site: Site) -> None:
    recorder = site.serve(Recorder())

    site.call(Ask(1))

    [delivery] = recorder.deliveries
    assert delivery.attempt == 1
    assert delivery.sent_at.tzinfo is not None
    assert delivery.sent_at <= delivery.taken_at


def test_one_worker_takes_messages_in_the_order_in_which_they_were_sent(site: Site) -> None:
    recorder = site.serve(Recorder())

    for number in range(100):
        site.send(Ask(number))

    assert eventually(recorder.has(100))
    assert recorder.messages == [Ask(number) for number in range(100)]


def test_what_was_sent_is_settled_once_handled(site: Site) -> None:
    site.serve(Recorder())

    settled = site.send(Ask(1))

    assert eventually(lambda: settled == ["yes"])


def test_a_cast_that_failed_is_delivered_again_until_it_succeeds(site: Site) -> None:
    recorder = site.serve(Recorder(Unavailable("away"), KeyError("a bug"), None))

    settled = site.send(Ask(1))

    assert eventually(lambda: settled == ["yes"])
    assert eventually(recorder.has(3))
    assert [delivery.attempt for delivery in recorder.deliveries] == [1, 2, 3]
    assert site.letters == []


def test_a_message_between_two_deliveries_holds_nobody_up(site: Site) -> None:
    recorder = site.serve(Recorder(Unavailable("away"), None))

    site.send(Ask(1))
    site.send(Ask(2))

    assert eventually(recorder.has(3))
    assert recorder.messages == [Ask(1), Ask(2), Ask(1)]


def test_what_fails_five_times_is_a_dead_letter(site: Site) -> None:
    recorder = site.serve(Recorder(Unavailable("still away", code="gone-fishing")))

    settled = site.send(Ask(1))

    assert eventually(lambda: len(site.letters) == 1)
    [letter] = site.letters
    assert letter.address == site.address
    assert letter.envelope.message == Ask(1)
    assert letter.envelope.request_id == "req-test"
    assert (type(letter.error), letter.error.code) == (Unavailable, "gone-fishing")
    assert [delivery.attempt for delivery in recorder.deliveries] == [1, 2, 3, 4, 5]
    assert eventually(lambda: settled == ["yes"])


def test_what_no_repetition_mends_is_a_dead_letter_at_once(site: Site) -> None:
    recorder = site.serve(Recorder(NotFound("no such instance")))

    site.send(Ask(1))

    assert eventually(lambda: len(site.letters) == 1)
    assert isinstance(site.letters[0].error, NotFound)
    assert len(recorder.deliveries) == 1


def test_a_consumer_goes_on_after_a_dead_letter(site: Site) -> None:
    recorder = site.serve(Recorder(NotFound("no such instance"), None))

    site.send(Ask(1))
    settled = site.send(Ask(2))

    assert eventually(lambda: settled == ["yes"])
    assert eventually(recorder.has(2))


def test_the_answer_to_a_call_that_was_sent_goes_to_its_reply_address(site: Site) -> None:
    site.serve(Recorder(answer_of))
    back = site.serve(Recorder(), site.back)

    site.ask(Ask(7))

    assert eventually(back.has(1))
    [delivery] = back.deliveries
    assert delivery.message == Answer(7)
    assert delivery.request_id == "req-test"


def test_a_call_that_was_sent_and_fails_is_answered_with_the_request_and_the_error(
    site: Site,
) -> None:
    site.serve(Recorder(NotFound("no such instance", code="instance-not-found")))
    back = site.serve(Recorder(), site.back)

    site.ask(Ask(7))

    assert eventually(back.has(1))
    [failed] = back.messages
    assert isinstance(failed, CallFailed)
    assert failed.request == Ask(7)
    assert (type(failed.error), failed.error.code) == (NotFound, "instance-not-found")
    assert site.letters == []


def test_a_call_that_was_sent_is_delivered_again_while_that_may_help(site: Site) -> None:
    site.serve(Recorder(Unavailable("away"), answer_of))
    back = site.serve(Recorder(), site.back)

    site.ask(Ask(7))

    assert eventually(back.has(1))
    assert back.messages == [Answer(7)]


def test_an_answer_that_nobody_takes_any_more_holds_nobody_up(site: Site) -> None:
    recorder = site.serve(Recorder(answer_of))

    site.ask(Ask(1))
    site.ask(Ask(2))

    assert eventually(recorder.has(2))
    assert site.letters == []


def test_a_deferred_message_holds_no_worker_and_does_not_come_again(site: Site) -> None:
    recorder = site.serve(Recorder(Defer, None))

    site.send(Ask(1))
    settled = site.send(Ask(2))

    assert eventually(lambda: settled == ["yes"])
    assert eventually(recorder.has(2))
    for _ in range(2):
        recorder.settles[0]()
    assert recorder.messages == [Ask(1), Ask(2)]


def test_a_direct_call_cannot_be_deferred(site: Site) -> None:
    site.serve(Recorder(Defer))

    with pytest.raises(Internal):
        site.call(Ask(1))


def test_a_handler_that_fails_after_it_acknowledged_gets_no_second_delivery(site: Site) -> None:
    def settle_then_fail(_: Delivery) -> None:
        recorder.settles[0]()
        raise Unavailable("too late")

    recorder = site.serve(Recorder(settle_then_fail, None))

    site.send(Ask(1))
    settled = site.send(Ask(2))

    assert eventually(lambda: settled == ["yes"])
    assert eventually(recorder.has(2))
    assert recorder.messages == [Ask(1), Ask(2)]


def test_several_consumers_of_one_address_share_its_messages(site: Site) -> None:
    both = [Recorder(), Recorder()]
    for number, recorder in enumerate(both):
        site.bus.serve(site.address, recorder, pool=f"{site.address}-{number}", workers=1)

    for number in range(40):
        site.send(Ask(number))

    assert eventually(lambda: sum(len(each.deliveries) for each in both) == 40)
    assert {m.number for each in both for m in each.messages} == set(range(40))  # type: ignore[attr-defined]
    assert all(each.deliveries for each in both)


def test_addresses_of_one_pool_share_its_workers(site: Site) -> None:
    recorder = Recorder(answer_of)
    addresses = [f"agent-{uuid.uuid4()}" for _ in range(10)]
    for address in addresses:
        site.bus.serve(address, recorder, pool=site.address, workers=2)

    for number, address in enumerate(addresses):
        assert site.bus.call(address, Ask(number), timeout_s=DEADLINE_S) == Answer(number)

    assert len(recorder.threads) <= 2


def test_a_fanout_reaches_every_subscriber_whichever_handle_it_came_by(site: Site) -> None:
    first: list[object] = []
    second: list[object] = []
    other: list[object] = []
    site.bus.subscribe(site.address, first.append)
    site.bus.named("web-1").subscribe(site.address, second.append)
    site.bus.subscribe(f"{site.address}-other", other.append)

    site.bus.named("web-2").fanout(site.address, Ask(1))

    assert eventually(lambda: first == second == [Ask(1)])
    assert other == []


def test_a_subscriber_that_fails_does_not_keep_a_fanout_from_the_others(site: Site) -> None:
    def fail(_: object) -> None:
        raise KeyError("a bug")

    got: list[object] = []
    site.bus.subscribe(site.address, fail)
    site.bus.subscribe(site.address, got.append)

    site.bus.fanout(site.address, Ask(1))
    site.bus.fanout(site.address, Ask(2))

    assert eventually(lambda: got == [Ask(1), Ask(2)])


def test_a_fanout_without_subscribers_is_nobodys_loss(site: Site) -> None:
    site.bus.fanout(site.address, Ask(1))


def test_a_cast_that_nobody_serves_is_nobodys_loss(site: Site) -> None:
    site.bus.cast(site.address, Ask(1))


def test_a_round_trip_is_measured(site: Site) -> None:
    site.serve(Recorder())

    assert 0 < site.bus.round_trip_s(DEADLINE_S) < DEADLINE_S


def test_what_was_sent_does_not_stay_unconfirmed(site: Site) -> None:
    recorder = site.serve(Recorder())
    site.send(Ask(1))

    assert eventually(lambda: len(recorder.deliveries) == 1 and site.bus.unconfirmed() == 0)


def test_the_depth_counts_what_waits(site: Site) -> None:
    gate = Gate()
    recorder = site.serve(Recorder(gate))

    for number in range(4):
        site.send(Ask(number))
    gate.wait_busy()

    assert eventually(lambda: site.bus.depth()[site.address] == 3)
    gate.open()
    assert eventually(recorder.has(4))
    assert eventually(lambda: site.bus.depth()[site.address] == 0)


def test_a_bus_that_closes_lets_running_handlers_finish(site: Site) -> None:
    gate = Gate()
    recorder = site.serve(Recorder(gate))
    settled = site.send(Ask(1))
    site.send(Ask(2))
    gate.wait_busy()

    closer = threading.Thread(target=site.bus.close)
    closer.start()
    assert eventually(site.is_closed)
    gate.open()
    closer.join(DEADLINE_S)

    assert not closer.is_alive()
    assert settled == ["yes"]
    assert recorder.messages == [Ask(1)]


def test_a_closed_bus_takes_nothing(site: Site) -> None:
    site.serve(Recorder())

    site.bus.close()
    site.bus.close()

    assert not site.bus.send(site.address, an_envelope(Ask(1)), lambda: None)
    with pytest.raises(Unavailable):
        site.call(Ask(1))
    with pytest.raises(Unavailable):
        site.serve(Recorder())
    site.bus.cast(site.address, Ask(1))
    site.bus.fanout(site.address, Ask(1))


def test_a_caller_who_waits_when_the_bus_closes_hears_of_it(site: Site) -> None:
    gate = Gate()
    site.serve(Recorder(gate))
    site.send(Ask(1))
    gate.wait_busy()
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            site.call(Ask(2))
        except Unavailable as error:
            errors.append(error)

    caller = threading.Thread(target=ask)
    caller.start()
    assert eventually(lambda: site.bus.depth()[site.address] == 1)
    closer = threading.Thread(target=site.bus.close)
    closer.start()
    caller.join(DEADLINE_S)
    gate.open()
    closer.join(DEADLINE_S)

    assert [type(error) for error in errors] == [Unavailable]
