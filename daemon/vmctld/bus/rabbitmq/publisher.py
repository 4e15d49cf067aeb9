"""Publishes with confirms: what must arrive is kept until the broker has said that it has it.

Parcels go out as they come, without waiting for one another; the broker confirms many at
once.  After a lost connection those that are not confirmed go out again: a message may
arrive twice, which every consumer bears.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import pika
import structlog
from pika import spec
from pika.channel import Channel
from pika.exceptions import ChannelClosedByBroker

from vmctld.bus.rabbitmq.broker import is_missing, is_refused, is_sender_refusal, refusal, trouble
from vmctld.bus.rabbitmq.link import KeptChannel, Link
from vmctld.bus.rabbitmq.parcel import Parcel
from vmctld.bus.rabbitmq.topology import Topology
from vmctld.errors import Exhausted, Forbidden, Unavailable

log = structlog.get_logger(__name__)

ROOM = 10_000  # parcels on their way: what a broker that is away for a while leaves in memory
MAX_BODY_BYTES = 16 * 2**20  # RabbitMQ 4's own limit; above it a channel is closed, not refused
RETRY_PAUSE_S = 1.0
CONFIRM_TIMEOUT_S = 30.0  # longer, and the queue has no leader, or the broker lost track of it


class Publisher:
    """The sending half of the bus, on a link of its own.

    The receiving half begins with ``on_first_ready``: two that declare the same quorum queue
    at the same moment get an INTERNAL_ERROR (RabbitMQ 3.10).
    """

    def __init__(self, link: Link, topology: Topology, on_first_ready: Callable[[], None]) -> None:
        self._on_first_ready: Callable[[], None] | None = on_first_ready
        self._link = link
        self._topology = topology
        self.ready = threading.Event()
        self._channel: Channel | None = None  # None: not ready to publish
        self._outgoing: deque[Parcel] = deque()
        self._unconfirmed: dict[int, Parcel] = {}  # by delivery tag, in order
        self._paused: set[Parcel] = set()  # for a queue to be made, or the broker to have room
        self._declaring: dict[str, list[Parcel]] = {}  # by queue
        self._last = ""  # the queue whose parcels the others do not wait for: it was silent
        self._only_looks = True  # until something that all share is missing
        self._next_tag = 1
        self._impersonates = True  # until the broker says no
        link.add(KeptChannel(self._set_up, self._lost))

    def has_room(self) -> bool:
        """Return True while parcels on their way are few enough to keep."""
        return len(self._outgoing) + len(self._unconfirmed) < ROOM

    def underway(self) -> int:
        """Return how many parcels wait to be sent or confirmed."""
        return len(self._outgoing) + len(self._unconfirmed) + len(self._paused)

    def publish(self, parcel: Parcel) -> None:
        """Send a parcel; from any thread.  One that is not kept fails at once without a broker."""
        if len(parcel.body) > MAX_BODY_BYTES:
            raise Exhausted(
                f"A message of {len(parcel.body)} bytes is too large for the bus.",
                code="message-too-large",
                facts={"bytes": len(parcel.body), "limit_bytes": MAX_BODY_BYTES},
            )
        if self._channel is None and not parcel.kept:
            parcel.fail(self._link.problem or trouble(None, self._link.broker))
            return
        self._outgoing.append(parcel)
        self._link.submit(self._flush)

    def _set_up(self, channel: Channel) -> None:
        """Prepare a new channel; the last declaration's answer makes it ready.

        What all share is looked for first, and made only when it is not there: the user of a
        compute host may look, and may not make or delete it.
        """
        channel.add_on_return_callback(self._returned)
        channel.confirm_delivery(self._confirmed)
        channel.queue_declare(
            self._topology.dead_letters,
            passive=self._only_looks,
            durable=True,
            arguments=self._topology.dead_letter_arguments(),
            callback=lambda _: None,
        )
        channel.exchange_declare(
            self._topology.fanout,
            exchange_type="direct",
            passive=self._only_looks,
            durable=True,
            callback=lambda _: self._ready(channel),
        )

    def _ready(self, channel: Channel) -> None:
        self._next_tag = 1
        self._channel = channel
        self.ready.set()
        if self._on_first_ready is not None:
            self._on_first_ready()
            self._on_first_ready = None
        self._flush()
        self._watch(channel)

    def _watch(self, channel: Channel) -> None:
        """Look now and then whether the broker has forgotten a confirm; begin anew if so."""
        if self._channel is None or channel is not self._channel:
            return
        oldest = next(iter(self._unconfirmed.values()), None)
        if oldest is not None and time.monotonic() - oldest.sent_s > CONFIRM_TIMEOUT_S:
            log.error("broker-silent", queue=oldest.routing_key, waited_s=CONFIRM_TIMEOUT_S)
            self._last = oldest.routing_key
            self._link.restart(f"it does not confirm messages for {oldest.routing_key}")
            return
        ioloop = channel.connection.ioloop
        ioloop.call_later(CONFIRM_TIMEOUT_S / 4, lambda: self._watch(channel))

    def _flush(self) -> None:
        """Hand everything to the broker."""
        while self._channel is not None and self._channel.is_open and self._outgoing:
            parcel = self._outgoing.popleft()
            if not self._may_send(parcel):
                continue
            self._unconfirmed[self._next_tag] = parcel
            parcel.returned, parcel.sent_s = False, time.monotonic()
            if parcel.mandatory:
                parcel.properties.message_id = str(self._next_tag)
            self._next_tag += 1
            self._channel.basic_publish(
                parcel.exchange,
                parcel.routing_key,
                parcel.body,
                parcel.properties,
                mandatory=parcel.mandatory,
            )

    def _may_send(self, parcel: Parcel) -> bool:
        sender, user = parcel.properties.user_id, self._link.broker.user
        if self._impersonates or sender == user:
            return True
        parcel.fail(
            Forbidden(
                f"The broker does not let the user {user} send as {sender}.",
                code="sender-refused",
                hint=f"Sign in at the broker as {sender}, or, for a daemon that plays several "
                f"hosts, rabbitmqctl set_user_tags {user} impersonator.",
                facts={"user": user, "sender": sender},
            )
        )
        return False

    def _confirmed(self, frame: Any) -> None:
        """Note what the broker has, or has refused, one parcel or all up to a tag."""
        tag, accepted = frame.method.delivery_tag, isinstance(frame.method, spec.Basic.Ack)
        if not frame.method.multiple:
            self._settle(tag, accepted)
            return
        while self._unconfirmed and (first := next(iter(self._unconfirmed))) <= tag:
            self._settle(first, accepted)

    def _settle(self, tag: int, accepted: bool) -> None:
        parcel = self._unconfirmed.pop(tag)
        if parcel.returned:
            self._nobody_there(parcel)
        elif accepted:
            parcel.confirm()
        else:
            if not self._paused:  # once for all: it is a quorum that is missing, or a new queue
                log.warning("message-refused", queue=parcel.routing_key)
            self._again_later(parcel)

    def _returned(self, _: Channel, __: Any, properties: pika.BasicProperties, ___: bytes) -> None:
        """Note that nobody is there for a mandatory parcel; its confirm follows."""
        parcel = self._unconfirmed.get(int(properties.message_id or 0))
        if parcel is not None:
            parcel.returned = True

    def _nobody_there(self, parcel: Parcel) -> None:
        """Make the queue of a parcel that must not be lost; its consumer may come later."""
        if not parcel.kept:
            parcel.fail(
                Unavailable(
                    f"Nobody serves {parcel.routing_key}.",
                    code="nobody-serves",
                    facts={"queue": parcel.routing_key},
                )
            )
            return
        channel = self._channel
        if channel is None or not channel.is_open:
            self._outgoing.append(parcel)
            return
        self._paused.add(parcel)
        if (waiting := self._declaring.get(parcel.routing_key)) is not None:
            waiting.append(parcel)
            return
        self._declaring[parcel.routing_key] = [parcel]
        channel.connection.channel(
            on_open_callback=lambda fresh: self._declare(fresh, parcel.routing_key)
        )

    def _declare(self, channel: Channel, queue: str) -> None:
        """Use a channel of its own: a refusal closes it."""
        channel.add_on_close_callback(lambda _, why: self._declared(queue, why))
        channel.queue_declare(
            queue,
            durable=True,
            arguments=self._topology.work_arguments(),
            callback=lambda _: channel.close(),
        )

    def _declared(self, queue: str, why: BaseException) -> None:
        """Go on once the queue is there, or may be there a little later."""
        parcels = self._declaring.pop(queue, [])
        if isinstance(why, ChannelClosedByBroker):
            error = refusal(why, self._link.broker, queue)
            log.error("queue-not-declared", queue=queue, why=error.message)
        for parcel in parcels:
            if isinstance(why, ChannelClosedByBroker):
                self._again_later(parcel)
            else:
                self._again(parcel)

    def _again_later(self, parcel: Parcel) -> None:
        """Try once more after a while, if it is worth keeping."""
        if not parcel.kept:
            parcel.fail(Unavailable("The broker took no message.", code="queue-full"))
            return
        self._paused.add(parcel)
        if self._channel is not None:
            ioloop = self._channel.connection.ioloop
            ioloop.call_later(RETRY_PAUSE_S, lambda: self._again(parcel))

    def _again(self, parcel: Parcel) -> None:
        if parcel in self._paused:  # else the connection was lost meanwhile: it is on its way
            self._paused.remove(parcel)
            self._outgoing.append(parcel)
            self._flush()

    def _lost(self, reason: BaseException) -> None:
        """Keep what must arrive for the next channel, and tell of the rest."""
        self._channel = None
        self.ready.clear()
        if is_missing(reason):
            self._only_looks = False
        elif is_sender_refusal(reason):
            self._impersonates = False
        elif not self._only_looks and is_refused(reason):
            log.info("waits-for-services", why=str(reason))
            self._only_looks = True  # a compute host came first: others make what all share
        elif isinstance(reason, ChannelClosedByBroker):
            log.error("publishing-refused", why=str(reason.reply_text))
        waiting = [*self._unconfirmed.values(), *self._paused, *self._outgoing]
        for parcels in (self._unconfirmed, self._paused, self._outgoing, self._declaring):
            parcels.clear()
        waiting.sort(key=lambda parcel: parcel.routing_key == self._last)
        self._outgoing.extend(parcel for parcel in waiting if parcel.kept)
        error = trouble(reason, self._link.broker)
        for parcel in waiting:
            if not parcel.kept and self._may_send(parcel):
                parcel.fail(error)
