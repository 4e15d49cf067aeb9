"""Dead letters in the broker and out of it."""

from __future__ import annotations

import pytest

from tests.support.bus import Ask, an_envelope
from vmctld.bus.base import Unreadable
from vmctld.bus.codec import encode_envelope
from vmctld.bus.rabbitmq.letters import UNREADABLE_KEPT_BYTES, letter_of, parcel_of
from vmctld.bus.rabbitmq.topology import Topology
from vmctld.errors import Internal, NotFound

TOPOLOGY = Topology()
ENVELOPE = an_envelope(Ask(1))
BODY = encode_envelope(ENVELOPE).encode()


def test_a_letter_comes_out_as_it_was_put_in() -> None:
    error = NotFound("gone", code="instance-not-found", facts={"id": "1"})
    parcel = parcel_of(TOPOLOGY, "vmctl", "scheduler", BODY, error)

    letter = letter_of(TOPOLOGY, parcel.properties.headers, parcel.body)

    assert parcel.routing_key == TOPOLOGY.dead_letters
    assert parcel.kept
    assert (letter.address, letter.envelope) == ("scheduler", ENVELOPE)
    assert vars(letter.error) == vars(error)


def test_a_letter_of_the_brokers_own_names_the_queue_it_was_in() -> None:
    headers = {"x-death": [{"queue": "vmctl.v1.agent.web-1", "reason": "delivery_limit"}]}

    letter = letter_of(TOPOLOGY, headers, BODY)

    assert letter.address == "agent.web-1"
    assert letter.envelope == ENVELOPE
    assert letter.error.code == "delivery-limit"


def test_what_cannot_be_read_is_kept_up_to_a_size() -> None:
    letter = letter_of(TOPOLOGY, {}, b"\xff" * (UNREADABLE_KEPT_BYTES + 1))

    assert letter.address == ""
    assert letter.envelope.message == Unreadable(b"\xff" * UNREADABLE_KEPT_BYTES)


@pytest.mark.parametrize("text", ["", "[]", "hello", 7])
def test_a_reason_that_cannot_be_read_is_internal(text: object) -> None:
    letter = letter_of(TOPOLOGY, {"x-vmctl-error": text, "x-vmctl-address": "a"}, BODY)

    assert isinstance(letter.error, Internal)
