"""Takes the messages of one address from the broker and acknowledges them after the work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeAlias

import pika
import structlog
from pika import spec
from pika.channel import Channel
from pika.exceptions import ChannelClosedByBroker

from vmctld.bus.codec import decode_envelope
from vmctld.bus.consumer import Consumer, Job
from vmctld.bus.rabbitmq.broker import refusal
from vmctld.bus.rabbitmq.link import KeptChannel, Link
from vmctld.bus.rabbitmq.topology import Topology
from vmctld.errors import Unavailable, VmctlError

log = structlog.get_logger(__name__)

PREFETCH_LEAST = 8  # some 1,500 messages/s; 32 doubled that, and what a crash hands back
COUNT_HEADER = "x-delivery-count"  # set by quorum queues from the second delivery on
Deliver: TypeAlias = spec.Basic.Deliver
Properties: TypeAlias = pika.BasicProperties
MakeSlot = Callable[[str, str], Any]
Reject = Callable[[bytes, VmctlError, Callable[[], None]], None]


class Station:
    """One address's queues on a channel of their own.

    At most ``2 * workers`` messages, or eight, are taken ahead: what a crash hands back has
    been delivered once more in the broker's eyes.  A deferred message keeps its place in
    that number, so each full window of them gets one more: deferred builds never keep a
    deletion from coming in.
    """

    def __init__(self, link: Link, topology: Topology, address: str, workers: int) -> None:
        self.address = address
        self.ready = threading.Event()  # consuming, or the broker has refused it
        self.problem: Unavailable | None = None  # with its queues, when the link is up
        self.consumer: Consumer
        self._link = link
        self._topology = topology
        self._workers = workers
        self._window = max(2 * workers, PREFETCH_LEAST)
        self._windows = 1
        self._channel: Channel | None = None
        self._jobs: set[Job] = set()  # taken on this channel, not acknowledged
        self._deferred: set[Job] = set()
        self._kept = KeptChannel(self._set_up, self._lost)
        self._stopped = False

    def open(self, consumer: Consumer, make_slot: MakeSlot, reject: Reject) -> None:
        """Begin to take messages for ``consumer``.

        ``make_slot`` makes what answers a call; ``reject`` puts aside what is no message of
        ours, and calls back when that is safe.
        """
        self.consumer = consumer
        self._make_slot = make_slot
        self._reject = reject
        self._link.add(self._kept)

    def withdraw(self) -> None:
        """Be gone from the link: the broker has refused the queue."""
        self._kept.release()
        self._link.remove(self._kept)

    def stop(self) -> None:
        """Take nothing more.  What was taken and is not begun goes back when the link closes."""
        self._link.submit(self._stop)

    def _stop(self) -> None:
        self._stopped = True
        self._kept.release()
        channel = self._channel
        if channel is not None and channel.is_open:
            for tag in channel.consumer_tags:
                channel.basic_cancel(tag)

    def _set_up(self, channel: Channel) -> None:
        """Declare the queues and consume from them."""
        channel.basic_qos(prefetch_count=self._window)
        self._declare(channel)
        channel.basic_consume(
            self._work_queue, self._take_work, callback=lambda _: self._begin(channel)
        )

    def _declare(self, channel: Channel) -> None:
        """Make the queues, and consume the calls; the publisher has made what all share."""
        channel.queue_declare(
            self._work_queue, durable=True, arguments=self._topology.work_arguments()
        )
        channel.queue_declare(self._calls_queue, durable=True, auto_delete=True)
        channel.basic_consume(self._calls_queue, self._take_call)

    @property
    def _work_queue(self) -> str:
        return self._topology.work(self.address)

    @property
    def _calls_queue(self) -> str:
        return self._topology.calls(self.address)

    def _begin(self, channel: Channel) -> None:
        self._channel, self._windows, self.problem = channel, 1, None
        self.ready.set()

    def _take_work(
        self, channel: Channel, method: Deliver, properties: Properties, body: bytes
    ) -> None:
        """Queue a message for the workers."""
        tag = method.delivery_tag
        try:
            envelope = decode_envelope(body)
        except VmctlError as error:
            self._reject(body, error, lambda: self._acknowledge(channel, tag))
            return
        job = Job(
            envelope, properties.user_id or "", on_settled=lambda: self._settle(channel, tag, job)
        )
        job.on_deferred = lambda: self._link.submit(lambda: self._widen(channel, job))
        job.attempt = 1 + int((properties.headers or {}).get(COUNT_HEADER, 0))
        self._jobs.add(job)
        self.consumer.enqueue(job)

    def _take_call(
        self, channel: Channel, method: Deliver, properties: Properties, body: bytes
    ) -> None:
        """Queue a call for the workers, with the time that its caller has left at most."""
        tag = method.delivery_tag
        slot = self._make_slot(properties.reply_to or "", properties.correlation_id or "")
        if method.redelivered:
            slot.fail(_taken_before(self.address))
            self._acknowledge(channel, tag)
            return
        try:
            envelope = decode_envelope(body)
        except VmctlError as error:
            slot.fail(error)
            self._acknowledge(channel, tag)
            return
        deadline_s = time.monotonic() + int(properties.expiration or 0) / 1000
        job = Job(
            envelope,
            properties.user_id or "",
            slot=slot,
            deadline_s=deadline_s,
            on_settled=lambda: self._settle(channel, tag, job),
        )
        self._jobs.add(job)
        self.consumer.enqueue(job)

    def _settle(self, channel: Channel, tag: int, job: Job) -> None:
        """Acknowledge; from any thread."""
        self._link.submit(lambda: self._settled(channel, tag, job))

    def _settled(self, channel: Channel, tag: int, job: Job) -> None:
        self._jobs.discard(job)
        self._deferred.discard(job)
        self._acknowledge(channel, tag)

    def _acknowledge(self, channel: Channel, tag: int) -> None:
        """Acknowledge on the channel that it came by; on another one the tag means nothing."""
        if channel.is_open:
            channel.basic_ack(tag)

    def _widen(self, channel: Channel, job: Job) -> None:
        """Make up for the places that deferred messages hold: another consumer, same window."""
        if job not in self._jobs or self._stopped or not channel.is_open:
            return
        self._deferred.add(job)
        needed = 1 + (len(self._deferred) + self._workers) // self._window
        while self._windows < needed:
            self._windows += 1
            channel.basic_consume(self._work_queue, self._take_work)

    def _lost(self, reason: BaseException) -> None:
        """Forget what has not begun: the broker delivers it again, here or elsewhere."""
        self._channel = None
        for job in self._jobs:
            job.withdrawn = True
        self._jobs.clear()
        self._deferred.clear()
        if isinstance(reason, ChannelClosedByBroker):  # the channel alone
            self.problem = refusal(reason, self._link.broker, self._work_queue)
            log.error("queue-lost", address=self.address, why=self.problem.message)
            self.ready.set()
        else:
            self.ready.clear()


def _taken_before(address: str) -> Unavailable:
    """Return the answer to a call whose first taker has gone.

    Did it answer before?  Then this one is dropped; to do the call's work again could undo
    what the first answer promised.  Else the caller may ask again, and knows so at once.
    """
    return Unavailable(
        f"Whoever took a call to {address} has gone.",
        code="call-interrupted",
        facts={"address": address},
    )
