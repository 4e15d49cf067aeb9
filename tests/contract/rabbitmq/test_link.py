"""Connections that fail, that are refused, and that come back."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest

from tests.contract.rabbitmq.conftest import Yard
from tests.support.bus import DEADLINE_S, Answer, Ask, Gate, Recorder, an_envelope
from tests.support.rabbitmq import MEMORY, Broker, free_ports
from tests.support.waiting import eventually
from vmctld.bus.rabbitmq import RabbitBus
from vmctld.errors import InvalidRequest, Unavailable


def why_not(bus: RabbitBus, timeout_s: float = DEADLINE_S) -> Unavailable:
    with pytest.raises(Unavailable) as refusal:
        bus.wait_ready(timeout_s)
    return refusal.value


def test_a_wrong_password_is_said_at_once_and_never_shown(
    yard: Yard, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    url = yard.broker.url(password="hunter2-wrong")

    error = why_not(yard.open(url, ready=False))

    assert error.code == "broker-login-refused"
    assert error.facts["user"] == "vmctl"
    shown = str(vars(error)) + caplog.text + "".join(capfd.readouterr())
    assert "refuses the user vmctl" in shown
    assert "hunter2" not in shown


def test_a_wrong_virtual_host_is_said_at_once(yard: Yard) -> None:
    error = why_not(yard.open(yard.broker.url(vhost="nowhere"), ready=False))

    assert error.code == "broker-vhost-refused"
    assert "nowhere" in error.message


def test_a_broker_that_is_not_there_leaves_the_bus_waiting_for_it(yard: Yard) -> None:
    [port] = free_ports(1)
    bus = yard.open(f"amqp://vmctl:x@127.0.0.1:{port}", ready=False)

    error = why_not(bus, timeout_s=0.5)

    assert error.code == "broker-away"
    assert f"127.0.0.1:{port}" in error.message
    with pytest.raises(Unavailable) as refusal:
        bus.call("scheduler", Ask(1), timeout_s=DEADLINE_S)
    assert refusal.value.code == "broker-away"
    bus.serve("scheduler", Recorder(), pool="p", workers=1)
    bus.subscribe("topic", lambda _: None)
    bus.cast("scheduler", Ask(1))
    bus.fanout("topic", Ask(1))
    with pytest.raises(Unavailable):
        bus.depth()
    with pytest.raises(Unavailable):
        bus.round_trip_s(DEADLINE_S)


def test_a_url_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        RabbitBus("http://user:hunter2@host")


def test_what_was_served_and_sent_before_the_broker_came_works_once_it_is_there(
    yard: Yard,
) -> None:
    yard.cable.cut()
    bus, settled = yard.open_by_cable(ready=False), []
    recorder, heard = Recorder(lambda d: Answer(d.message.number)), list[object]()
    bus.serve("scheduler", recorder, pool="p", workers=1)
    bus.subscribe("topic", heard.append)
    assert bus.send("scheduler", an_envelope(Ask(1)), lambda: settled.append("yes"))

    yard.cable.mend()
    bus.wait_ready(DEADLINE_S)

    assert eventually(lambda: settled == ["yes"])
    assert eventually(recorder.has(1))
    assert bus.call("scheduler", Ask(2), timeout_s=DEADLINE_S) == Answer(2)
    yard.open().fanout("topic", Ask(3))
    assert eventually(lambda: heard == [Ask(3)])


def test_a_connection_cut_in_a_burst_loses_nothing(yard: Yard) -> None:
    bus, settled = yard.open_by_cable(), set[int]()
    recorder = Recorder()
    bus.serve("scheduler", recorder, pool="p", workers=1)

    for number in range(300):
        if number in (100, 200):
            yard.cable.cut()
            yard.cable.mend()
        assert bus.send("scheduler", an_envelope(Ask(number)), partial(settled.add, number))

    expected = set(range(300))
    assert eventually(lambda: settled == expected)
    assert eventually(lambda: {m.number for m in recorder.messages} == expected)  # type: ignore[attr-defined]


def test_a_caller_hears_at_once_that_the_connection_was_cut(yard: Yard) -> None:
    bus, gate = yard.open_by_cable(), Gate()
    yard.open().serve("scheduler", Recorder(gate), pool="p", workers=1)

    def cut_when_busy() -> None:
        gate.wait_busy()
        yard.cable.cut()

    threading.Thread(target=cut_when_busy).start()
    began_s = time.monotonic()
    with pytest.raises(Unavailable):
        bus.call("scheduler", Ask(1), timeout_s=DEADLINE_S * 10)
    gate.open()

    assert time.monotonic() - began_s < DEADLINE_S * 10


def test_problem_says_what_is_wrong_and_when_it_is_over(yard: Yard) -> None:
    bus = yard.open_by_cable()
    assert bus.problem() is None

    yard.cable.cut()
    assert eventually(lambda: bus.problem() is not None)
    yard.cable.mend()

    bus.wait_ready(DEADLINE_S)
    assert eventually(lambda: bus.problem() is None)


def test_over_tls_the_brokers_certificate_is_checked(yard: Yard, broker: Broker) -> None:
    assert broker.tls is not None
    trusting = yard.open(broker.tls_url(cacertfile=str(broker.tls.authority)))
    trusting.serve("scheduler", Recorder(Answer(1)), pool="p", workers=1)

    assert trusting.call("scheduler", Ask(1), timeout_s=DEADLINE_S) == Answer(1)
    assert why_not(yard.open(broker.tls_url(), ready=False)).code == "broker-tls-failed"


def test_a_broker_killed_and_started_again_costs_time_and_no_message(yard: Yard) -> None:
    bus, settled = yard.open(), set[int]()
    recorder = Recorder()
    bus.serve("scheduler", recorder, pool="p", workers=1)

    def send(numbers: range) -> None:
        for number in numbers:
            assert bus.send("scheduler", an_envelope(Ask(number)), partial(settled.add, number))

    send(range(50))
    assert eventually(lambda: yard.broker.remembers(f"{yard.prefix}.scheduler"))
    assert eventually(lambda: yard.broker.remembers(f"{yard.prefix}.dead-letters"))
    yard.broker.kill()
    send(range(50, 100))
    yard.broker.start()
    bus.wait_ready(60)
    send(range(100, 150))

    expected = set(range(150))
    assert eventually(lambda: settled == expected, 60)
    assert eventually(lambda: {m.number for m in recorder.messages} == expected, 60)  # type: ignore[attr-defined]


def test_a_broker_that_stands_still_is_noticed_and_what_was_sent_arrives_later(
    yard: Yard,
) -> None:
    bus, settled = yard.open(yard.broker.url() + "?heartbeat=1"), []
    recorder = Recorder()
    bus.serve("scheduler", recorder, pool="p", workers=1)

    yard.broker.freeze()
    try:
        assert bus.send("scheduler", an_envelope(Ask(1)), lambda: settled.append("yes"))
        assert eventually(lambda: bus.problem() is not None)
        assert settled == []
    finally:
        yard.broker.thaw()

    assert eventually(lambda: settled == ["yes"], 60)
    assert eventually(recorder.has(1))


def test_a_broker_short_of_memory_is_said_to_be_and_what_was_sent_arrives_later(
    yard: Yard,
) -> None:
    bus, recorder = yard.open(), Recorder()
    bus.serve("scheduler", recorder, pool="p", workers=1)

    yard.broker.control("set_vm_memory_high_watermark", "absolute", "10MB")
    try:
        assert bus.send("scheduler", an_envelope(Ask(1)), lambda: None)
        assert eventually(lambda: (bus.problem() or Unavailable("")).code == "broker-full")
    finally:
        yard.broker.control("set_vm_memory_high_watermark", "absolute", MEMORY)

    assert eventually(recorder.has(1))
    assert eventually(lambda: bus.problem() is None)
