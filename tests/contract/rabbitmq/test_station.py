"""Taking messages from the broker: acknowledged after the work, never before."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pika
import pytest

from tests.contract.rabbitmq.conftest import Yard
from tests.support.bus import DEADLINE_S, Answer, Ask, Gate, Recorder, an_envelope
from tests.support.rabbitmq import HOST
from tests.support.waiting import eventually
from vmctld.bus.base import DeadLetter, Defer, Unreadable
from vmctld.bus.codec import encode_envelope
from vmctld.bus.rabbitmq.topology import DELIVERY_LIMIT
from vmctld.errors import InvalidRequest, Unavailable


def raw_channel(yard: Yard) -> pika.adapters.blocking_connection.BlockingChannel:
    """Return a channel as any other program would have it."""
    return pika.BlockingConnection(pika.URLParameters(yard.broker.url())).channel()


def test_what_was_sent_to_nobody_waits_for_who_comes_later(yard: Yard) -> None:
    sender, settled = yard.open(), []
    assert sender.send("scheduler", an_envelope(Ask(1)), lambda: settled.append("yes"))
    assert eventually(lambda: settled == ["yes"])
    sender.close()

    recorder = Recorder()
    yard.open().serve("scheduler", recorder, pool="p", workers=1)

    assert eventually(recorder.has(1))
    assert recorder.deliveries[0].attempt == 1
    assert recorder.deliveries[0].sender == "vmctl"


def test_many_messages_to_a_queue_that_is_not_there_yet_all_arrive(yard: Yard) -> None:
    sender, settled = yard.open(), set[int]()
    for number in range(500):
        assert sender.send("agent.web-1", an_envelope(Ask(number)), partial(settled.add, number))
    assert eventually(lambda: len(settled) == 500)

    recorder = Recorder()
    yard.open().serve("agent.web-1", recorder, pool="p", workers=2)

    assert eventually(lambda: {m.number for m in recorder.messages} == set(range(500)))  # type: ignore[attr-defined]


def test_what_was_not_acknowledged_when_its_daemon_went_away_comes_to_another(
    yard: Yard,
) -> None:
    gate, second = Gate(), Recorder()
    first_bus, second_bus = yard.open_by_cable(), yard.open()
    first_bus.serve("scheduler", Recorder(gate), pool="p", workers=1)
    assert second_bus.send("scheduler", an_envelope(Ask(1)), lambda: None)
    gate.wait_busy()

    second_bus.serve("scheduler", second, pool="p", workers=1)
    yard.cable.cut()

    assert eventually(second.has(1))
    assert second.deliveries[0].attempt == 2
    gate.open()


def test_a_deferred_message_comes_again_when_its_daemon_went_away(yard: Yard) -> None:
    bus, recorder = yard.open_by_cable(), Recorder(Defer, None)
    bus.serve("agent", recorder, pool="p", workers=1)
    is_confirmed = threading.Event()  # else it is sent once more
    assert bus.send("agent", an_envelope(Ask(1)), is_confirmed.set)
    assert eventually(recorder.has(1))
    assert is_confirmed.wait(DEADLINE_S)

    yard.cable.cut()
    recorder.settles[0]()  # too late: its channel is gone
    yard.cable.mend()

    assert eventually(recorder.has(2))
    assert [delivery.attempt for delivery in recorder.deliveries] == [1, 2]


def test_any_number_of_deferred_messages_keeps_none_from_coming_in(yard: Yard) -> None:
    bus, recorder = yard.open(), Recorder(Defer)
    bus.serve("agent", recorder, pool="p", workers=1)

    for number in range(100):
        assert bus.send("agent", an_envelope(Ask(number)), lambda: None)

    assert eventually(recorder.has(100))
    for settle in recorder.settles:
        settle()
    bus.close()
    after = Recorder()
    yard.open().serve("agent", after, pool="p", workers=1)
    assert yard.open().send("agent", an_envelope(Ask(100)), lambda: None)
    assert eventually(after.has(1))
    assert after.messages == [Ask(100)]


def test_what_was_handled_before_a_bus_closed_does_not_come_again(yard: Yard) -> None:
    bus, recorder = yard.open(), Recorder()
    bus.serve("scheduler", recorder, pool="p", workers=1)
    for number in range(20):
        assert bus.send("scheduler", an_envelope(Ask(number)), lambda: None)
    assert eventually(recorder.has(20))
    bus.close()

    other = yard.open()
    after = Recorder()
    other.serve("scheduler", after, pool="p", workers=1)
    assert other.send("scheduler", an_envelope(Ask(20)), lambda: None)

    assert eventually(after.has(1))
    assert after.messages == [Ask(20)]


def test_a_queue_of_another_kind_under_the_name_is_refused_and_named(yard: Yard) -> None:
    queue = f"{yard.prefix}.scheduler"
    channel = raw_channel(yard)
    channel.queue_declare(queue, durable=True)
    bus = yard.open()

    with pytest.raises(Unavailable) as refusal:
        bus.serve("scheduler", Recorder(), pool="p", workers=1)

    assert refusal.value.code == "queue-of-another-kind"
    assert queue in refusal.value.message
    assert "delete_queue" in refusal.value.hint
    bus.serve("conductor", Recorder(), pool="p", workers=1)
    assert bus.problem() is None
    channel.queue_delete(queue)
    channel.connection.close()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"\x00\xffhello", "malformed-message"),
        (b"{}", "unknown-message"),
        (
            encode_envelope(an_envelope(Ask(1))).replace('"v":1', '"v":99').encode(),
            "unknown-message",
        ),
    ],
)
def test_what_is_no_message_of_ours_is_a_dead_letter_and_the_consumer_goes_on(
    yard: Yard, body: bytes, code: str
) -> None:
    letters: list[DeadLetter] = []
    bus, recorder = yard.open(on_dead_letter=letters.append), Recorder()
    bus.serve("scheduler", recorder, pool="p", workers=1)
    channel = raw_channel(yard)

    channel.basic_publish("", f"{yard.prefix}.scheduler", body)
    channel.connection.close()
    assert bus.send("scheduler", an_envelope(Ask(2)), lambda: None)

    assert eventually(lambda: len(letters) == 1)
    assert letters[0].address == "scheduler"
    assert letters[0].envelope.message == Unreadable(body)
    assert isinstance(letters[0].error, InvalidRequest)
    assert letters[0].error.code == code
    assert eventually(recorder.has(1))


def test_a_message_without_a_checked_user_has_no_sender(yard: Yard) -> None:
    bus, recorder = yard.open(), Recorder()
    bus.serve("conductor", recorder, pool="p", workers=1)
    channel = raw_channel(yard)

    channel.basic_publish(
        "", f"{yard.prefix}.conductor", encode_envelope(an_envelope(Ask(1))).encode()
    )
    channel.connection.close()

    assert eventually(recorder.has(1))
    assert recorder.deliveries[0].sender == ""


def test_a_hosts_own_user_is_the_sender_of_what_it_sends(yard: Yard) -> None:
    bus, recorder = yard.open(), Recorder()
    bus.serve("conductor", recorder, pool="p", workers=1)

    yard.open(yard.broker.url(HOST)).call("conductor", Ask(1), timeout_s=DEADLINE_S)

    assert recorder.deliveries[0].sender == HOST


def test_what_ends_every_daemon_that_takes_it_is_a_dead_letter_in_the_end(yard: Yard) -> None:
    sender = yard.open()
    settled: list[str] = []
    assert sender.send("scheduler", an_envelope(Ask(1)), lambda: settled.append("yes"))
    assert eventually(lambda: settled == ["yes"])
    connection = pika.BlockingConnection(pika.URLParameters(yard.broker.url()))

    def take_and_die() -> bool:
        channel = connection.channel()
        method, _, _ = channel.basic_get(f"{yard.prefix}.scheduler")
        channel.close()
        return method is not None

    deliveries = 0
    while deliveries <= DELIVERY_LIMIT:
        assert eventually(take_and_die)
        deliveries += 1
    letters: list[DeadLetter] = []
    yard.open(on_dead_letter=letters.append)

    assert eventually(lambda: len(letters) == 1)
    assert letters[0].address == "scheduler"
    assert letters[0].envelope.message == Ask(1)
    assert letters[0].error.code == "delivery-limit"
    assert not take_and_die()
    connection.close()


def test_a_host_takes_its_own_messages_and_nobody_elses(yard: Yard) -> None:
    sender, host, recorder = yard.open(), yard.open(yard.broker.url(HOST)), Recorder(Answer(1))
    heard: list[object] = []
    host.subscribe("topic", heard.append)
    host.serve(f"agent.{HOST}", recorder, pool="p", workers=1)

    assert sender.call(f"agent.{HOST}", Ask(1), timeout_s=DEADLINE_S) == Answer(1)
    assert sender.send(f"agent.{HOST}", an_envelope(Ask(2)), lambda: None)
    sender.fanout("topic", Ask(3))
    assert eventually(recorder.has(2))
    assert eventually(lambda: heard == [Ask(3)])
    for address in ("conductor", "agent.web-2", "dead-letters"):
        with pytest.raises(Unavailable) as refusal:
            host.serve(address, Recorder(), pool="p", workers=1)
        assert refusal.value.code == "broker-access-refused"


def test_a_call_whose_taker_goes_away_is_not_done_twice_but_asked_again(yard: Yard) -> None:
    gate, second = Gate(), Recorder()
    first_bus, second_bus, caller = yard.open_by_cable(), yard.open(), yard.open()
    first_bus.serve("conductor", Recorder(gate), pool="p", workers=1)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(caller.call, "conductor", Ask(1), timeout_s=DEADLINE_S)
        gate.wait_busy()
        second_bus.serve("conductor", second, pool="p", workers=1)

        yard.cable.cut()

        with pytest.raises(Unavailable) as interrupted:
            call.result(DEADLINE_S)
    gate.open()
    assert interrupted.value.code == "call-interrupted"
    assert second.deliveries == []
