"""What comes for this process alone: answers to its calls, and the topics it listens to.

Two exclusive queues that live as long as the connection.  A lost connection loses the
answers with them: the callers hear so at once and may call again.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pika
import structlog
from pika import spec
from pika.channel import Channel
from pika.exceptions import ChannelClosedByBroker

from vmctld.bus.answers import error_from_dict, error_to_dict
from vmctld.bus.codec import decode_message, encode_message
from vmctld.bus.consumer import Slot
from vmctld.bus.rabbitmq.broker import refusal, trouble
from vmctld.bus.rabbitmq.link import KeptChannel, Link
from vmctld.bus.rabbitmq.parcel import Parcel
from vmctld.bus.rabbitmq.publisher import Publisher
from vmctld.bus.rabbitmq.topology import Topology
from vmctld.errors import Internal, Unavailable, VmctlError

log = structlog.get_logger(__name__)

LISTEN_TIMEOUT_S = 5.0
ANSWER, ERROR = "answer", "error"  # the ``type`` of a reply


class Inbox:
    """The receiving end of calls and topics.  ``process`` marks what this process sent itself."""

    def __init__(
        self, link: Link, topology: Topology, on_topic: Callable[[str, object], None]
    ) -> None:
        self.process = str(uuid.uuid4())
        self.ready = threading.Event()
        self.problem: Unavailable | None = None  # with its queues, when the link is up
        self._link = link
        self._topology = topology
        self._on_topic = on_topic
        self._slots: dict[str, Slot] = {}
        self._topics: set[str] = set()
        self._channel: Channel | None = None
        self._replies = self._fanouts = ""  # queues, of other names on each channel
        link.add(KeptChannel(self._set_up, self._lost))

    def expect(self, slot: Slot) -> tuple[str, str]:
        """Return the queue to answer to and an id to answer with; Unavailable without a broker."""
        if not self.ready.is_set():
            raise self._link.problem or self.problem or trouble(None, self._link.broker)
        call_id = str(uuid.uuid4())
        self._slots[call_id] = slot
        return self._replies, call_id

    def forget(self, call_id: str) -> None:
        """Drop the answer to a call if it still comes."""
        self._slots.pop(call_id, None)

    def listen(self, topic: str) -> None:
        """Have the topic's messages come here; returns once they do, or the broker is away."""
        listening = threading.Event()
        self._link.submit(lambda: self._listen(topic, listening.set))
        if self._link.problem is None:
            listening.wait(LISTEN_TIMEOUT_S)

    def _listen(self, topic: str, done: Callable[[], None]) -> None:
        self._topics.add(topic)
        if self._channel is None:
            done()  # it is bound with the next channel
        else:
            self._bind(self._channel, topic, done)

    def _bind(self, channel: Channel, topic: str, done: Callable[[], None]) -> None:
        channel.queue_bind(
            self._fanouts,
            self._topology.fanout,
            routing_key=topic,
            callback=lambda _: done(),
        )

    def _set_up(self, channel: Channel) -> None:
        """Declare the queues and consume from them.

        Their names are new each time: the broker may not have noticed yet that the
        connection with the last ones is gone, and would refuse them to this one.
        """
        name = str(uuid.uuid4())
        self._replies, self._fanouts = self._topology.reply(name), self._topology.topics(name)
        for queue in (self._replies, self._fanouts):
            channel.queue_declare(queue, exclusive=True, auto_delete=True)
        for topic in self._topics:
            self._bind(channel, topic, lambda: None)
        channel.basic_consume(self._fanouts, self._take_topic, auto_ack=True)
        channel.basic_consume(
            self._replies, self._take_reply, auto_ack=True, callback=lambda _: self._begin(channel)
        )

    def _begin(self, channel: Channel) -> None:
        self._channel, self.problem = channel, None
        self.ready.set()

    def _take_reply(
        self, _: Channel, __: spec.Basic.Deliver, properties: pika.BasicProperties, body: bytes
    ) -> None:
        """Hand an answer to its caller, or drop it when nobody waits any more."""
        slot = self._slots.pop(properties.correlation_id or "", None)
        if slot is None:
            log.info("late-answer-dropped")
            return
        try:
            if properties.type == ERROR:
                slot.fail(error_from_dict(json.loads(body)))
            else:
                slot.give(None if body == b"null" else decode_message(body))
        except VmctlError as error:
            slot.fail(error)
        except (ValueError, RecursionError):
            slot.fail(Internal("The answer to a call cannot be read."))

    def _take_topic(
        self, _: Channel, method: Any, properties: pika.BasicProperties, body: bytes
    ) -> None:
        if properties.app_id == self.process:
            return  # our own subscribers were told when it was sent
        try:
            message = decode_message(body)
        except VmctlError as error:
            log.warning("fanout-not-understood", topic=method.routing_key, why=error.message)
            return
        self._on_topic(method.routing_key, message)

    def _lost(self, reason: BaseException) -> None:
        """Note that there are no queues, until the next channel."""
        self.ready.clear()
        self._channel = None
        if isinstance(reason, ChannelClosedByBroker):
            self.problem = refusal(reason, self._link.broker, self._replies)
        self.abandon(self.problem or trouble(reason, self._link.broker))

    def abandon(self, error: VmctlError) -> None:
        """Tell all callers that their answers will not come."""
        for call_id in list(self._slots):
            if (slot := self._slots.pop(call_id, None)) is not None:
                slot.fail(error)


class RemoteSlot:
    """A caller in another process: answers to it are published to its own queue.

    Not ``mandatory``: nobody is interested in an answer whose caller has gone.
    """

    def __init__(self, publisher: Publisher, sender: str, reply_to: str, call_id: str) -> None:
        self._publisher = publisher
        self._sender = sender
        self._reply_to = reply_to
        self._call_id = call_id

    def give(self, answer: object) -> None:
        """Send the answer."""
        self._send(ANSWER, "null" if answer is None else encode_message(answer))

    def fail(self, error: VmctlError) -> None:
        """Send an error."""
        self._send(ERROR, json.dumps(error_to_dict(error)))

    def _send(self, kind: str, text: str) -> None:
        properties = pika.BasicProperties(
            type=kind, correlation_id=self._call_id, user_id=self._sender, delivery_mode=1
        )
        self._publisher.publish(Parcel(self._reply_to, text.encode(), properties))
