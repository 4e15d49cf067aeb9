"""The bus over RabbitMQ: see ``topology`` for its queues."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import partial

import pika
import structlog

from vmctld.bus.base import DeadLetter, Envelope, Handler, MessageKind, OnDeadLetter, Settle
from vmctld.bus.codec import encode_envelope
from vmctld.bus.consumer import Slot
from vmctld.bus.envelopes import new_envelope
from vmctld.bus.rabbitmq.broker import parse_broker_url
from vmctld.bus.rabbitmq.core import Core
from vmctld.bus.rabbitmq.parcel import Parcel
from vmctld.bus.rabbitmq.topology import Topology
from vmctld.bus.tap import Tap
from vmctld.errors import Unavailable, VmctlError
from vmctld.observe.context import shorter_s

log = structlog.get_logger(__name__)

IN_MEMORY, ON_DISK = 1, 2  # AMQP's delivery modes


class RabbitBus:
    """A handle of the bus over one broker.  The first one makes it, ``named`` shares it.

    It need not be there yet: the bus connects as soon as it is, and again whenever it was
    lost.  Meanwhile ``send`` takes up to 10,000 messages, ``call`` raises Unavailable, and
    ``problem`` says why.

    The sender of a message is a user of the broker, who has checked it: ``named`` with
    another name than one's own needs a user with the tag ``impersonator``.
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "vmctl.v1",
        on_dead_letter: OnDeadLetter | None = None,
        tap: Tap | None = None,
    ) -> None:
        broker = parse_broker_url(url)
        self._sender = broker.user
        self._core = Core(broker, Topology(prefix), on_dead_letter, tap)

    def named(self, sender: str) -> RabbitBus:
        """Return a handle of the same bus that sends as ``sender``."""
        handle = copy.copy(self)
        handle._sender = sender
        return handle

    def problem(self) -> Unavailable | None:
        """Return why the bus does not work at the moment; None when it does."""
        return self._core.problem()

    def up_s(self) -> float:
        """Return for how long the connections have been up without a break."""
        return self._core.up_s()

    def wait_ready(self, timeout_s: float) -> None:
        """Return when the bus works; Unavailable with the reason if it does not in time."""
        self._core.wait_ready(timeout_s)

    def serve(self, address: str, handler: Handler, *, pool: str, workers: int) -> None:
        """Have ``handler`` take the messages of ``address`` on the threads of ``pool``.

        Raises Unavailable when the broker refuses the queue; without a broker it returns,
        and the messages come once it is there.
        """
        self._core.serve(address, handler, self._sender, pool, workers)

    def call(self, address: str, message: object, *, timeout_s: float) -> object:
        """Return the answer to ``message``; raise what the handler raised."""
        timeout_s = shorter_s(timeout_s)
        slot = Slot()
        reply_to, call_id = self._core.inbox.expect(slot)
        parcel = self._parcel(
            self._core.topology.calls(address), new_envelope(message, MessageKind.CALL), IN_MEMORY
        )
        parcel.properties.reply_to, parcel.properties.correlation_id = reply_to, call_id
        parcel.properties.expiration = str(max(int(timeout_s * 1000), 1))
        parcel.mandatory, parcel.on_failed = True, slot.fail
        try:
            self._core.post(address, message, parcel)
            return slot.wait(timeout_s, address)
        finally:
            self._core.inbox.forget(call_id)

    def send(self, address: str, envelope: Envelope, on_settled: Settle) -> bool:
        """Hand a message over; ``on_settled`` follows when the broker has confirmed it.

        It is called on the connection's thread and must be quick.
        """
        if not self._core.takes_more():
            return False
        parcel = self._parcel(self._core.topology.work(address), envelope, ON_DISK)
        parcel.mandatory = parcel.kept = True
        parcel.on_confirmed, parcel.on_failed = on_settled, partial(_log_lost, address)
        self._core.post(address, envelope.message, parcel)
        return True

    def cast(self, address: str, message: object) -> None:
        """Send ``message`` and forget it."""
        envelope = new_envelope(message, MessageKind.CAST)
        parcel = self._parcel(self._core.topology.work(address), envelope, ON_DISK)
        parcel.on_failed = partial(_log_lost, address)
        self._core.post(address, message, parcel)

    def fanout(self, topic: str, message: object) -> None:
        """Call every subscriber in this process, here and now, and tell the other processes."""
        self._core.fanout(topic, message, self._sender)

    def subscribe(self, topic: str, callback: Callable[[object], None]) -> None:
        """Call ``callback`` with each message of ``topic``; it must be quick."""
        self._core.subscribe(topic, callback)

    def depth(self, addresses: Sequence[str] = ()) -> dict[str, int]:
        """Return how many messages wait here and in the broker, by address.

        Of the addresses served here and of ``addresses``; ``dead-letters`` is among them.
        Raises Unavailable without a broker.
        """
        return self._core.depth(addresses)

    def unconfirmed(self) -> int:
        """Return how many messages are on their way to the broker, or not confirmed by it."""
        return self._core.unconfirmed()

    def round_trip_s(self, timeout_s: float) -> float:
        """Return how long a message takes to the broker and back to this process."""
        return self._core.round_trip_s(timeout_s)

    def dead_letters(self) -> list[DeadLetter]:
        """Return the latest dead letters that this daemon was told of, oldest first."""
        return list(self._core.letters)

    def close(self) -> None:
        """Stop taking messages, on every handle; running handlers may finish for a while."""
        self._core.close()

    def _parcel(self, queue: str, envelope: Envelope, delivery_mode: int) -> Parcel:
        properties = pika.BasicProperties(user_id=self._sender, delivery_mode=delivery_mode)
        return Parcel(queue, encode_envelope(envelope).encode(), properties)


def _log_lost(address: str, error: VmctlError) -> None:
    log.info("message-dropped", address=address, code=error.code, why=error.message)
