from __future__ import annotations

import pytest

from tests.support.clock import FakeClock
from tests.support.cloud import eventually
from tests.support.recording_bus import RecordingBus
from vmctld.compute.messages import BuildInstance, PlaceInstance
from vmctld.compute.outbox import ADOPT_AFTER_S, SEND_AGAIN_S, Outbox, OutboxTx
from vmctld.domain.instance import Resources
from vmctld.errors import Unavailable
from vmctld.observe import context
from vmctld.storage.database import RETRIES, Database
from vmctld.storage.repositories import outbox as rows

BUILD = BuildInstance("i-1", 1)


class Crash(BaseException):
    """The process ends here."""


def _post(outbox: Outbox, address: str = "agent.a", message: object = BUILD) -> None:
    with context.bind(request_id="req-1"), outbox.transaction("7") as posting:
        posting.post(address, message)


def _depth(database: Database) -> int:
    with database.read() as tx:
        return rows.depth(tx)


def test_a_message_leaves_when_its_cause_has_committed(
    outbox: Outbox, bus: RecordingBus, database: Database
) -> None:
    with outbox.transaction("7") as posting:
        posting.post("agent.a", BUILD)
        assert bus.sent == []

    assert bus.sent == [("agent.a", BUILD)]
    assert _depth(database) == 1


def test_a_message_never_leaves_when_its_cause_is_rolled_back(
    outbox: Outbox, bus: RecordingBus, database: Database
) -> None:
    def fail() -> None:
        with outbox.transaction("7") as posting:
            posting.post("agent.a", BUILD)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()

    outbox.sweep()
    assert bus.sent == []
    assert _depth(database) == 0


def test_what_only_lacked_luck_is_done_again_and_its_message_leaves_once(
    outbox: Outbox, bus: RecordingBus, database: Database
) -> None:
    tries: list[str] = []

    def post(posting: OutboxTx) -> int:
        posting.post("agent.a", BUILD)
        tries.append("posted")
        if len(tries) < 3:
            raise Unavailable("a deadlock", code="database-conflict")
        return 7

    assert outbox.run("7", post) == 7

    assert len(tries) == 3
    assert bus.sent == [("agent.a", BUILD)]
    assert _depth(database) == 1


def test_what_lacks_luck_for_ever_is_given_up(outbox: Outbox, bus: RecordingBus) -> None:
    tries: list[str] = []

    def post(posting: OutboxTx) -> None:
        posting.post("agent.a", BUILD)
        tries.append("posted")
        raise Unavailable("a deadlock", code="database-conflict")

    with pytest.raises(Unavailable):
        outbox.run("7", post)

    assert len(tries) == RETRIES
    assert bus.sent == []


def test_a_settled_message_is_forgotten(
    outbox: Outbox, bus: RecordingBus, database: Database
) -> None:
    _post(outbox)

    bus.settles[0]()
    outbox.forget_settled()

    assert _depth(database) == 0


def test_a_message_that_is_settled_twice_is_forgotten_once(
    outbox: Outbox, bus: RecordingBus, database: Database
) -> None:
    _post(outbox)
    _post(outbox)

    for _ in range(2):
        bus.settles[0]()
        outbox.forget_settled()

    assert _depth(database) == 1


def test_a_lost_message_is_sent_again_after_a_while(
    outbox: Outbox, bus: RecordingBus, clock: FakeClock
) -> None:
    _post(outbox)
    clock.advance(SEND_AGAIN_S - 1)
    outbox.sweep()
    assert len(bus.sent) == 1

    clock.advance(2)
    outbox.sweep()

    assert bus.sent == [("agent.a", BUILD)] * 2


def test_a_wall_clock_that_jumps_sends_nothing_again(
    outbox: Outbox, bus: RecordingBus, clock: FakeClock
) -> None:
    _post(outbox)

    clock.jump(days=3650)
    outbox.sweep()

    assert len(bus.sent) == 1


def test_a_message_that_is_settled_and_not_yet_forgotten_is_not_sent_again(
    outbox: Outbox, bus: RecordingBus, clock: FakeClock
) -> None:
    _post(outbox)
    bus.settles[0]()

    clock.advance(SEND_AGAIN_S + 1)
    outbox.sweep()

    assert len(bus.sent) == 1


def test_a_message_that_nobody_had_room_for_goes_with_the_next_sweep(
    outbox: Outbox, bus: RecordingBus
) -> None:
    bus.has_room = False
    _post(outbox)
    assert bus.sent == []

    bus.has_room = True
    outbox.sweep()

    assert bus.sent == [("agent.a", BUILD)]


def test_a_crash_between_commit_and_send_costs_no_message(
    database: Database, bus: RecordingBus, clock: FakeClock
) -> None:
    def crash() -> None:
        with Outbox(database, bus, clock, clock.monotonic).transaction("7") as posting:
            posting.post("agent.a", BUILD)
            posting.before_sending(_crash)

    with pytest.raises(Crash):
        crash()
    assert bus.sent == []

    Outbox(database, bus, clock, clock.monotonic).sweep()

    assert bus.sent == [("agent.a", BUILD)]


def _crash() -> None:
    raise Crash


def test_the_next_daemon_sends_what_the_last_one_did_not_see_settled(
    database: Database, outbox: Outbox, bus: RecordingBus, clock: FakeClock
) -> None:
    _post(outbox)

    Outbox(database, bus, clock, clock.monotonic).sweep()

    assert bus.sent == [("agent.a", BUILD)] * 2


def test_a_call_says_where_its_answer_goes_and_on_whose_behalf_it_is(
    database: Database, clock: FakeClock
) -> None:
    envelopes = []

    class Bus(RecordingBus):
        def send(self, address, envelope, on_settled):  # type: ignore[no-untyped-def]
            envelopes.append(envelope)
            return super().send(address, envelope, on_settled)

    place = PlaceInstance("i-1", 1, "demo", Resources(1, 1, 1), None, None, ())
    with (
        context.bind(request_id="req-7"),
        Outbox(database, Bus(), clock).transaction("7") as posting,
    ):
        posting.post("scheduler", place, answer_to="compute-api")

    assert [(e.kind, e.reply_to, e.request_id) for e in envelopes] == [
        ("call", "compute-api", "req-7")
    ]


def test_a_row_that_cannot_be_read_stays_and_does_not_hold_up_the_others(
    database: Database, bus: RecordingBus, outbox: Outbox, clock: FakeClock
) -> None:
    with database.write() as tx:
        rows.add(tx, "agent.a", "cast", "from a newer daemon", clock())
        rows.add(
            tx,
            "agent.a",
            "cast",
            '{"v":1,"type":"BuildInstance","body":{"instance_id":"i-1","attempt":1},'
            '"kind":"cast","request_id":"r","sent_at":"2026-03-01T12:00:00+00:00",'
            '"reply_to":null}',
            clock(),
        )

    outbox.sweep()

    assert bus.sent == [("agent.a", BUILD)]
    assert _depth(database) == 2


def test_the_relay_sends_what_was_left_and_forgets_what_is_settled(
    database: Database, bus: RecordingBus, outbox: Outbox
) -> None:
    _post(outbox)
    relay = Outbox(database, bus, FakeClock())

    relay.start()
    eventually(lambda: len(bus.sent) == 2, "what was left is sent")
    for settle in bus.settles:
        settle()
    relay.stop()
    outbox.forget_settled()

    assert _depth(database) == 0


def test_what_a_peer_decided_on_is_left_to_it_for_a_while_and_then_adopted(
    outbox: Outbox, bus: RecordingBus, database: Database, clock: FakeClock
) -> None:
    peer = Outbox(database, RecordingBus(), clock, clock.monotonic, peers=True)
    _post(peer)
    ours = Outbox(database, bus, clock, clock.monotonic, peers=True)

    ours.sweep()
    clock.advance(ADOPT_AFTER_S - 1)
    ours.sweep()
    assert bus.sent == []
    clock.advance(2)
    ours.sweep()

    assert bus.sent == [("agent.a", BUILD)]


def test_a_bus_that_repeats_what_it_has_is_given_nothing_twice(
    bus: RecordingBus, database: Database, clock: FakeClock
) -> None:
    outbox = Outbox(database, bus, clock, clock.monotonic, peers=True)
    _post(outbox)

    clock.advance(SEND_AGAIN_S * 10)
    outbox.sweep()

    assert bus.sent == [("agent.a", BUILD)]


def test_time_without_a_broker_makes_nobody_adopt_the_messages_of_others(
    bus: RecordingBus, database: Database, clock: FakeClock
) -> None:
    is_there = False
    peer = Outbox(database, RecordingBus(), clock, clock.monotonic, peers=True)
    _post(peer)
    ours = Outbox(database, bus, clock, clock.monotonic, peers=True, can_send=lambda: is_there)

    ours.sweep()
    clock.advance(60)
    ours.sweep()
    is_there = True
    ours.sweep()

    assert bus.sent == []  # from now on it counts
    clock.advance(ADOPT_AFTER_S)
    ours.sweep()
    assert bus.sent == [("agent.a", BUILD)]
