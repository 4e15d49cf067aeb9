"""Messages that died, sent again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.bus import an_envelope
from tests.support.clock import FakeClock
from tests.support.instances import an_instance, keep, kept
from tests.support.recording_bus import RecordingBus
from vmctld.bus.base import Envelope
from vmctld.bus.codec import decode_envelope
from vmctld.compute import messages as m
from vmctld.compute.outbox import Outbox
from vmctld.compute.placing import place_request
from vmctld.compute.revival import send_again
from vmctld.domain.instance import VmState
from vmctld.errors import WrongState
from vmctld.storage.database import Database
from vmctld.storage.repositories import outbox as kept_messages

Send = Callable[[str, object], None]


@pytest.fixture
def send(outbox: Outbox, clock: FakeClock) -> Send:
    def send(address: str, message: object) -> None:
        with outbox.transaction("dead-letter:replay") as posting:
            send_again(posting, clock, address, an_envelope(message, request_id="req-7"))

    return send


def _decided(database: Database) -> list[tuple[str, Envelope]]:
    """Return the messages of the outbox, each with its queue."""
    with database.read() as tx:
        return [(row.address, decode_envelope(row.body)) for row in kept_messages.oldest(tx, 9)]


def test_what_builds_nothing_goes_to_its_queue_as_it_was(
    send: Send, bus: RecordingBus, database: Database
) -> None:
    send("conductor", m.TerminateInstance("i1"))

    ((address, envelope),) = _decided(database)
    assert (address, envelope.message) == ("conductor", m.TerminateInstance("i1"))
    assert envelope.request_id == "req-7"
    assert bus.sent == [(address, envelope.message)]


@pytest.mark.parametrize("kind", ["place", "build"])
def test_a_boot_that_failed_is_placed_anew(send: Send, database: Database, kind: str) -> None:
    instance = an_instance(vm_state=VmState.ERROR, task_state=None)
    keep(database, instance)

    if kind == "place":
        send("scheduler", place_request(instance))
    else:
        send("agent.a", m.BuildInstance(instance.id, 1))

    ((address, envelope),) = _decided(database)
    revived = kept(database, instance.id)
    assert (address, envelope.message) == ("scheduler", place_request(revived))
    assert (envelope.reply_to, revived.attempt) == ("compute-api", 2)


def test_a_boot_that_has_gone_another_way_is_not_built_twice(
    send: Send, bus: RecordingBus, database: Database
) -> None:
    instance = an_instance(vm_state=VmState.ACTIVE, task_state=None, host="b", attempt=2)
    keep(database, instance)

    with pytest.raises(WrongState) as refused:
        send("agent.a", m.BuildInstance(instance.id, 1))

    assert refused.value.code == "dead-letter-overtaken"
    assert bus.sent == []
