"""Dead letters as the broker keeps them, and how they come out again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pika
import structlog
from pika.channel import Channel

from vmctld.bus.answers import error_from_dict, error_to_dict
from vmctld.bus.base import DeadLetter, Envelope, MessageKind, Unreadable
from vmctld.bus.codec import decode_envelope
from vmctld.bus.consumer import Job
from vmctld.bus.rabbitmq.parcel import Parcel
from vmctld.bus.rabbitmq.station import Deliver, Properties, Station
from vmctld.bus.rabbitmq.topology import DELIVERY_LIMIT, Topology
from vmctld.errors import Internal, VmctlError

ADDRESS = "dead-letters"
ADDRESS_HEADER, ERROR_HEADER = "x-vmctl-address", "x-vmctl-error"
UNREADABLE_KEPT_BYTES = 64 * 2**10

log = structlog.get_logger(__name__)


def parcel_of(
    topology: Topology, user: str, address: str, body: bytes, error: VmctlError
) -> Parcel:
    """Return a dead letter for the broker: what came, as it came, with the reason beside it."""
    headers = {ADDRESS_HEADER: address, ERROR_HEADER: json.dumps(error_to_dict(error))}
    properties = pika.BasicProperties(headers=headers, user_id=user, delivery_mode=2)
    return Parcel(topology.dead_letters, body, properties, kept=True)


def letter_of(topology: Topology, headers: dict[str, Any], body: bytes) -> DeadLetter:
    """Return the dead letter that lies in the broker, by whomever it was put there."""
    try:
        envelope = decode_envelope(body)
    except VmctlError:
        unreadable = Unreadable(body[:UNREADABLE_KEPT_BYTES])
        envelope = Envelope(unreadable, MessageKind.CAST, "", datetime.now(UTC))
    if ERROR_HEADER in headers:
        error = _error(headers[ERROR_HEADER])
        return DeadLetter(str(headers.get(ADDRESS_HEADER)), envelope, error)
    return DeadLetter(_first_queue(topology, headers), envelope, _given_up())


def _error(text: object) -> VmctlError:
    try:
        return error_from_dict(json.loads(str(text)))
    except (ValueError, RecursionError):
        return Internal("A dead letter whose reason cannot be read.")


def _given_up() -> Internal:
    """Return the reason when it was the broker that gave up."""
    return Internal(
        f"Whoever took this message went away before it was done, {DELIVERY_LIMIT} times.",
        code="delivery-limit",
        hint="The daemons' logs say why they ended.",
    )


def _first_queue(topology: Topology, headers: dict[str, Any]) -> str:
    """Return the address that the broker took a letter from ("x-death", its own header)."""
    deaths = headers.get("x-death") or [{}]
    return str(deaths[0].get("queue", "")).removeprefix(topology.work(""))


class LetterStation(Station):
    """Takes dead letters; the work queue of the address ``dead-letters`` is theirs."""

    def _declare(self, channel: Channel) -> None:
        """Make nothing: the publisher has, and nobody calls here."""

    def _take_work(
        self, channel: Channel, method: Deliver, properties: Properties, body: bytes
    ) -> None:
        tag = method.delivery_tag
        found = letter_of(self._topology, properties.headers or {}, body)
        letter = replace(found, sender=properties.user_id or "")
        request_id, sent_at = letter.envelope.request_id, letter.envelope.sent_at
        envelope = Envelope(letter, MessageKind.CAST, request_id, sent_at)
        job = Job(envelope, "", on_settled=lambda: self._settle(channel, tag, job))
        self._jobs.add(job)
        self.consumer.enqueue(job)
