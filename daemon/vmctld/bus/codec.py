"""Typed messages as JSON text and back: one codec for the outbox and for every broker.

A message is a frozen dataclass that ``@message`` has registered under its name and version.
What comes in is not trusted: an unknown or malformed message is an InvalidRequest, which is
what makes it a dead letter instead of a crash.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, is_dataclass
from datetime import datetime
from typing import Any, TypeVar, overload

from vmctld.bus.answers import error_from_dict, error_to_dict
from vmctld.bus.base import CallFailed, Envelope, MessageKind, Unreadable
from vmctld.bus.shapes import Shape, WrongShape, shape_of
from vmctld.errors import InvalidRequest

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A registered message class."""

    kind: type
    version: int
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


_BY_CLASS: dict[type, _Entry] = {}
_BY_NAME: dict[tuple[str, int], _Entry] = {}
_to_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_encode_time = shape_of(datetime).encode or str
_decode_time = shape_of(datetime).decode


@overload
def message(kind: type[T], /) -> type[T]: ...
@overload
def message(*, version: int) -> Callable[[type[T]], type[T]]: ...
def message(
    kind: type[T] | None = None, /, *, version: int = 1
) -> type[T] | Callable[[type[T]], type[T]]:
    """Register a frozen dataclass as a message, under its name: ``@message`` above ``@dataclass``.

    Raises TypeError when a field's type cannot travel or the name is taken.
    """

    def register(kind: type[T]) -> type[T]:
        if not is_dataclass(kind) or not kind.__dataclass_params__.frozen:  # type: ignore[attr-defined]
            raise TypeError(f"{kind.__name__} is no frozen dataclass: put @message above it")
        _register(kind, version, shape_of(kind))
        return kind

    return register if kind is None else register(kind)


def _register(kind: type, version: int, shape: Shape) -> None:
    """Add a class under its name; the same module imported anew replaces its own."""
    name = (kind.__name__, version)
    taken = _BY_NAME.get(name)
    if taken is not None and taken.kind.__module__ != kind.__module__:
        raise TypeError(f"{kind.__name__} is a message of {taken.kind.__module__} already")
    entry = _Entry(kind, version, shape.encode or dict, shape.decode)
    _BY_CLASS[kind] = _BY_NAME[name] = entry


def message_to_dict(message: object) -> dict[str, Any]:
    """Return a registered message as plain JSON values, with its type and version."""
    entry = _BY_CLASS.get(type(message))
    if entry is None:
        raise TypeError(f"{type(message).__name__} is no registered message")
    return {"v": entry.version, "type": entry.kind.__name__, "body": entry.encode(message)}


def message_from_dict(fields: dict[str, Any]) -> object:
    """Return the message of ``message_to_dict``.

    Raises InvalidRequest with code ``unknown-message`` or ``malformed-message``.
    """
    name, version = fields.get("type"), fields.get("v")
    entry = _BY_NAME.get((name, version)) if type(name) is str and type(version) is int else None
    if entry is None:
        raise InvalidRequest(
            "A message of a type or version that this daemon does not know.",
            code="unknown-message",
            hint="Are all daemons of this installation of the same version?",
            facts={"type": str(name)[:100], "version": str(version)[:20]},
        )
    try:
        return entry.decode(fields.get("body"))
    except WrongShape as wrong:
        raise _malformed(f"{entry.kind.__name__} {wrong.path}".strip(), wrong.problem) from wrong


def encode_message(message: object) -> str:
    """Return a registered message as JSON text."""
    return _to_json(message_to_dict(message))


def decode_message(text: str | bytes) -> object:
    """Return the message of ``encode_message``; errors as in ``message_from_dict``."""
    return message_from_dict(_object(text))


def encode_envelope(envelope: Envelope) -> str:
    """Return an envelope with its message as JSON text."""
    fields = message_to_dict(envelope.message)
    fields["kind"] = envelope.kind
    fields["request_id"] = envelope.request_id
    fields["sent_at"] = _encode_time(envelope.sent_at)
    fields["reply_to"] = envelope.reply_to
    return _to_json(fields)


def decode_envelope(text: str | bytes) -> Envelope:
    """Return the envelope of ``encode_envelope``; errors as in ``message_from_dict``."""
    fields = _object(text)
    message = message_from_dict(fields)
    request_id, reply_to = fields.get("request_id"), fields.get("reply_to")
    if type(request_id) is not str or type(reply_to) not in (str, type(None)):
        raise _malformed("the envelope", "lacks its request id or reply address")
    try:
        kind = MessageKind(fields["kind"])
        sent_at = _decode_time(fields.get("sent_at"))
    except (KeyError, ValueError, WrongShape) as error:
        raise _malformed("the envelope", "lacks its kind or time") from error
    return Envelope(message, kind, request_id, sent_at, reply_to)


def _object(text: str | bytes) -> dict[str, Any]:
    """Parse a JSON object; whatever else comes is malformed (RecursionError: nested too deep)."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _malformed("what came", "is no JSON") from error
    if type(fields) is not dict:
        raise _malformed("what came", "is no JSON object")
    return fields


def _malformed(what: str, problem: str) -> InvalidRequest:
    return InvalidRequest(
        f"A malformed message: {what}: {problem}.",
        code="malformed-message",
        hint="Are all daemons of this installation of the same version?",
    )


def _encode_call_failed(failed: CallFailed) -> dict[str, Any]:
    return {"request": message_to_dict(failed.request), "error": error_to_dict(failed.error)}


def _decode_call_failed(body: Any) -> CallFailed:
    if type(body) is not dict or type(body.get("request")) is not dict:
        raise WrongShape("is missing").inside("request")
    return CallFailed(message_from_dict(body["request"]), error_from_dict(body.get("error")))


_register(CallFailed, 1, Shape(_encode_call_failed, _decode_call_failed))
message(Unreadable)
