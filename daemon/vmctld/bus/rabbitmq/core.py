"""What all handles of one bus share: two links, the stations on one, the publisher on the other."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

import pika
import structlog

from vmctld.bus.base import DeadLetter, Delivery, Envelope, Handler, OnDeadLetter, Settle
from vmctld.bus.codec import encode_envelope, encode_message
from vmctld.bus.consumer import Consumer, Slot
from vmctld.bus.envelopes import answer_to
from vmctld.bus.pool import Pool
from vmctld.bus.rabbitmq import letters
from vmctld.bus.rabbitmq.broker import Broker
from vmctld.bus.rabbitmq.depths import count_messages
from vmctld.bus.rabbitmq.inbox import ANSWER, Inbox, RemoteSlot
from vmctld.bus.rabbitmq.link import Link
from vmctld.bus.rabbitmq.parcel import Parcel
from vmctld.bus.rabbitmq.publisher import Publisher
from vmctld.bus.rabbitmq.station import Station
from vmctld.bus.rabbitmq.topology import Topology
from vmctld.bus.tap import Tap
from vmctld.bus.timer import Timer
from vmctld.bus.topics import Subscriber, Topics
from vmctld.errors import Unavailable, VmctlError

log = structlog.get_logger(__name__)

CLOSE_TIMEOUT_S = 10.0
CONFIRM_TIMEOUT_S = 10.0
SERVE_TIMEOUT_S = 10.0
LETTERS_KEPT = 1000
UNBOUNDED = 2**31  # the prefetch bounds what waits here
HOPELESS = frozenset({"broker-login-refused", "broker-vhost-refused", "broker-tls-failed"})
"""What no waiting mends: somebody has to change something."""


class Core:
    """The shared part of a ``RabbitBus``; to its consumers, their surroundings."""

    def __init__(
        self,
        broker: Broker,
        topology: Topology,
        on_dead_letter: OnDeadLetter | None,
        tap: Tap | None,
    ) -> None:
        self.tap = tap
        self.topology = topology
        self._incoming, self._outgoing = Link(broker, "consumer"), Link(broker, "publisher")
        self._user = broker.user
        self._publisher = Publisher(self._outgoing, topology, self._incoming.start)
        self._topics = Topics()
        self.inbox = Inbox(self._incoming, topology, self._topics.publish)
        self._stations: list[Station] = []
        self._pools: dict[str, Pool] = {}
        self._timer = Timer("bus-timer")
        self._changes = threading.Lock()
        self._closed = False
        self.letters: deque[DeadLetter] = deque(maxlen=LETTERS_KEPT)
        if on_dead_letter is not None:
            station = letters.LetterStation(self._incoming, topology, letters.ADDRESS, 1)
            tell = partial(self._tell, on_dead_letter)
            self._open(station, tell, self._user, letters.ADDRESS, 1)
        self._outgoing.start()

    def serve(
        self, address: str, handler: Handler, sender: str, pool_name: str, workers: int
    ) -> None:
        """Take the messages of ``address``; returns once they come, or the broker is away."""
        station = Station(self._incoming, self.topology, address, workers)
        self._open(station, handler, sender, pool_name, workers)
        if self._incoming.problem is None:
            station.ready.wait(SERVE_TIMEOUT_S)
        if station.problem is not None:
            self._stations.remove(station)
            station.withdraw()
            raise station.problem

    def _open(
        self, station: Station, handler: Handler, sender: str, pool_name: str, workers: int
    ) -> None:
        with self._changes:
            if self._closed:
                raise _stopping()
            pool = self._pools.setdefault(pool_name, Pool(pool_name, UNBOUNDED))
            pool.grow(workers)
            self._stations.append(station)
        station.open(
            Consumer(station.address, handler, sender, pool, self),
            partial(RemoteSlot, self._publisher, sender),
            partial(self._put_aside, station.address),
        )

    def takes_more(self) -> bool:
        """Return True while there is room for messages to keep."""
        return not self._closed and self._publisher.has_room()

    def post(self, address: str, message: object, parcel: Parcel) -> None:
        """Publish a parcel, as often and as late as the tap says."""
        if self._closed:
            parcel.fail(_stopping())
        elif self.tap is None:
            self._publisher.publish(parcel)
        else:
            self._post_tapped(self.tap, address, message, parcel)

    def _post_tapped(self, tap: Tap, address: str, message: object, parcel: Parcel) -> None:
        """Lose, double or delay a message: lost is lost after the broker had it."""
        fate = tap.at_send(address, message)
        if fate.copies == 0:
            parcel.confirm()
        for _ in range(fate.copies):
            if fate.delay_s:
                self.later(fate.delay_s, lambda: self._publisher.publish(parcel.copied()))
            else:
                self._publisher.publish(parcel.copied())

    def fanout(self, topic: str, message: object, sender: str) -> None:
        """Tell this process's subscribers, and the broker for the others."""
        if self._closed:
            return
        copies = 1 if self.tap is None else self.tap.at_send(topic, message).copies
        properties = pika.BasicProperties(
            user_id=sender, app_id=self.inbox.process, delivery_mode=1
        )
        body = encode_message(message).encode()
        for _ in range(copies):
            self._topics.publish(topic, message)
            self._publisher.publish(Parcel(topic, body, properties, exchange=self.topology.fanout))

    def subscribe(self, topic: str, subscriber: Subscriber) -> None:
        """Add a subscriber, here and at the broker."""
        self._topics.subscribe(topic, subscriber)
        self.inbox.listen(topic)

    def copied(self, message: object) -> object:
        """Return an answer as it is: what leaves here goes through the codec anyway."""
        return message

    def copied_error(self, error: VmctlError) -> VmctlError:
        """Return an error as it is."""
        return error

    def later(self, delay_s: float, action: Callable[[], None]) -> None:
        """Run a quick ``action`` after a while, unless the bus is closed by then."""
        self._timer.after(delay_s, action)

    def reply(self, request: Envelope, answer: object, sender: str) -> None:
        """Cast an answer to where the request wants it, kept until the broker has it."""
        envelope = answer_to(request, answer)
        properties = pika.BasicProperties(user_id=sender, delivery_mode=2)
        queue = self.topology.work(request.reply_to or "")
        parcel = Parcel(queue, encode_envelope(envelope).encode(), properties, kept=True)
        self.post(request.reply_to or "", answer, parcel)

    def bury(self, letter: DeadLetter) -> None:
        """Put a dead letter into its queue; returns when the broker has it.

        Raises Unavailable when it does not say so in time: the message is not acknowledged
        then, and comes again.
        """
        if isinstance(letter.envelope.message, DeadLetter):
            raise letter.error  # it lies there already; telling of it goes on
        body = encode_envelope(letter.envelope).encode()
        buried = threading.Event()
        parcel = letters.parcel_of(self.topology, self._user, letter.address, body, letter.error)
        parcel.on_confirmed = buried.set
        self._publisher.publish(parcel)
        if not buried.wait(CONFIRM_TIMEOUT_S):
            raise Unavailable("The broker has not confirmed a dead letter.", code="broker-away")

    def _tell(self, on_dead_letter: OnDeadLetter, delivery: Delivery, _: Settle) -> None:
        """Handle a dead letter that came out of its queue."""
        letter = delivery.message
        assert isinstance(letter, DeadLetter)
        on_dead_letter(letter)
        self.letters.append(letter)

    def _put_aside(
        self, address: str, body: bytes, error: VmctlError, done: Callable[[], None]
    ) -> None:
        """Make a dead letter of what is no message of ours."""
        log.warning("message-not-understood", address=address, why=error.message)
        parcel = letters.parcel_of(self.topology, self._user, address, body, error)
        parcel.on_confirmed = lambda: self._incoming.submit(done)
        self._publisher.publish(parcel)

    def problem(self) -> Unavailable | None:
        """Return the first thing that is wrong."""
        problems = [self._incoming.problem, self._outgoing.problem, self.inbox.problem]
        problems += [station.problem for station in self._stations]
        return next(filter(None, problems), None)

    def up_s(self) -> float:
        """Return how long both halves have been connected."""
        since_s = max(link.up_since_s for link in (self._incoming, self._outgoing))
        return max(time.monotonic() - since_s, 0.0)

    def wait_ready(self, timeout_s: float) -> None:
        """Wait until both halves work, or one of them has failed for good."""
        until_s = time.monotonic() + timeout_s
        problem = self._outgoing.wait_settled(timeout_s)
        if problem is not None and problem.code in HOPELESS:
            raise problem
        for ready in (self._publisher.ready, self.inbox.ready):
            if not ready.wait(max(until_s - time.monotonic(), 0.0)):
                raise self.problem() or _stopping()

    def unconfirmed(self) -> int:
        """Count what the broker has not confirmed."""
        return self._publisher.underway()

    def round_trip_s(self, timeout_s: float) -> float:
        """Send an answer to ourselves and wait for it."""
        slot, began_s = Slot(), time.monotonic()
        reply_to, call_id = self.inbox.expect(slot)
        properties = pika.BasicProperties(
            type=ANSWER, correlation_id=call_id, user_id=self._user, delivery_mode=1
        )
        try:
            self._publisher.publish(Parcel(reply_to, b"null", properties, on_failed=slot.fail))
            slot.wait(timeout_s, "The broker")
        finally:
            self.inbox.forget(call_id)
        return time.monotonic() - began_s

    def depth(self, addresses: Sequence[str]) -> dict[str, int]:
        """Count what waits in the broker and, taken ahead, here."""
        queues = {letters.ADDRESS: [self.topology.dead_letters]}
        here: dict[str, int] = {}
        for station in self._stations:
            here[station.address] = here.get(station.address, 0) + station.consumer.depth()
        for address in {*here, *addresses} - {letters.ADDRESS}:
            queues[address] = [self.topology.work(address), self.topology.calls(address)]
        counts = count_messages(self._incoming.broker, queues)
        return {address: here.get(address, 0) + count for address, count in counts.items()}

    def close(self) -> None:
        """Finish what runs, then say goodbye; the broker delivers the rest to others."""
        self._timer.stop()
        with self._changes:
            pools = list(self._pools.values())
            for station in self._stations:
                station.stop()
            for pool in pools:
                pool.stop()
            self._closed = True  # seen by a sender only when nothing begins any more
        self.inbox.abandon(_stopping())
        until_s = time.monotonic() + CLOSE_TIMEOUT_S
        if running := sum(pool.join(until_s) for pool in pools):
            log.warning("handlers-still-running", count=running, waited_s=CLOSE_TIMEOUT_S)
        for link in (self._incoming, self._outgoing):
            link.close()


def _stopping() -> Unavailable:
    return Unavailable("The daemon is stopping.", code="bus-closed")
