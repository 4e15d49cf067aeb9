"""Messages as JSON text and back, and what happens to what is no message of ours."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from tests.support.bus import Ask, an_envelope, everything
from vmctld.bus.base import CallFailed, Envelope, MessageKind
from vmctld.bus.codec import (
    decode_envelope,
    decode_message,
    encode_envelope,
    encode_message,
    message,
)
from vmctld.errors import InvalidRequest, NotFound

SENT_AT = datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)
ENVELOPE = Envelope(Ask(1), MessageKind.CALL, "req-1", SENT_AT, "compute-api")


def test_an_envelope_comes_back_as_it_left() -> None:
    assert decode_envelope(encode_envelope(ENVELOPE)) == ENVELOPE
    assert decode_envelope(encode_envelope(replace(ENVELOPE, reply_to=None))).reply_to is None


def test_the_text_of_an_envelope_stays_as_it_is() -> None:
    assert json.loads(encode_envelope(ENVELOPE)) == {
        "v": 1,
        "type": "Ask",
        "body": {"number": 1},
        "kind": "call",
        "request_id": "req-1",
        "sent_at": "2026-03-01T12:00:00.000005Z",
        "reply_to": "compute-api",
    }


def test_every_type_of_field_comes_back_as_it_left() -> None:
    assert decode_message(encode_message(everything())) == everything()


def test_the_text_is_ascii_so_that_every_database_and_broker_takes_it() -> None:
    assert encode_message(everything(text="\ud800 Ä")).isascii()


def test_an_error_travels_with_the_request_that_it_answers() -> None:
    error = NotFound("No host web-1.", code="host-not-found", facts={"host": "web-1"})

    failed = decode_message(encode_message(CallFailed(Ask(3), error)))

    assert isinstance(failed, CallFailed)
    assert failed.request == Ask(3)
    assert vars(failed.error) == vars(error)


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "Nonsense", "v": 1, "body": {}},
        {"type": "Ask", "v": 2, "body": {"number": 1}},
        {"type": "Ask", "v": True, "body": {"number": 1}},
        {"type": "Ask", "v": "1", "body": {"number": 1}},
        {"type": ["Ask"], "v": 1},
        {"body": {"number": 1}},
        {},
    ],
)
def test_a_message_of_an_unknown_type_or_version_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        decode_message(json.dumps(fields))

    assert refusal.value.code == "unknown-message"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is no JSON"),
        ("hello", "is no JSON"),
        ("[1]", "is no JSON object"),
        ("[" * 100_000, "is no JSON"),
        ('{"type":"Ask","v":1}', "Ask: expected Ask, got NoneType"),
        ('{"type":"Ask","v":1,"body":{}}', "Ask number: is missing"),
        ('{"type":"Ask","v":1,"body":{"number":"1"}}', "Ask number: expected int, got str"),
        ('{"type":"Ask","v":1,"body":{"number":true}}', "Ask number: expected int, got bool"),
        ('{"type":"CallFailed","v":1,"body":{}}', "CallFailed request: is missing"),
    ],
)
def test_a_malformed_message_is_refused_and_told_where(text: str, problem: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        decode_message(text)

    assert refusal.value.code == "malformed-message"
    assert problem in refusal.value.message


@pytest.mark.parametrize("bytes_", [b"\xff\xfe", b"\x00" * 40, b'{"type":"\xff"}'])
def test_bytes_that_are_no_text_are_refused(bytes_: bytes) -> None:
    with pytest.raises(InvalidRequest):
        decode_envelope(bytes_)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "shout"},
        {"kind": None},
        {"request_id": 7},
        {"sent_at": "yesterday"},
        {"sent_at": "2026-03-01T12:00:00"},
        {"reply_to": 7},
    ],
)
def test_an_envelope_without_its_parts_is_refused(change: dict[str, object]) -> None:
    fields = {**json.loads(encode_envelope(ENVELOPE)), **change}

    with pytest.raises(InvalidRequest) as refusal:
        decode_envelope(json.dumps(fields))

    assert refusal.value.code == "malformed-message"


def test_a_refusal_does_not_show_what_was_in_the_message() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        decode_message('{"type":"Ask","v":1,"body":{"number":"hunter2"}}')

    assert "hunter2" not in str(vars(refusal.value))


def test_only_registered_messages_can_be_sent() -> None:
    with pytest.raises(TypeError, match="Resources is no registered message"):
        encode_envelope(an_envelope(everything().inside))


def test_a_class_that_can_change_is_no_message() -> None:
    @dataclass
    class Changeable:
        number: int

    with pytest.raises(TypeError, match="Changeable is no frozen dataclass"):
        message(Changeable)
    with pytest.raises(TypeError, match="str is no frozen dataclass"):
        message(str)


def test_two_messages_cannot_have_one_name() -> None:
    impostor: type = dataclass(frozen=True)(type("Ask", (), {"__module__": "elsewhere"}))

    with pytest.raises(TypeError, match=r"Ask is a message of tests\.support\.bus already"):
        message(impostor)


def test_versions_of_one_message_live_side_by_side() -> None:
    newer: type = dataclass(frozen=True)(type("Ask", (), {"__module__": "tests.support.bus"}))
    message(version=2)(newer)

    assert json.loads(encode_message(newer()))["v"] == 2
    assert type(decode_message(encode_message(newer()))) is newer
    assert decode_message(encode_message(Ask(1))) == Ask(1)
