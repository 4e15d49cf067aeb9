"""Values of the wire as records hold them: nothing is None, times are RFC 3339 in UTC."""

from __future__ import annotations

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp


def time_of(message: Message, field: str) -> str | None:
    """Return a time as text, to the second, or None when it is not set."""
    if not message.HasField(field):
        return None
    stamp: Timestamp = getattr(message, field)
    return rfc3339(stamp)


def rfc3339(stamp: Timestamp) -> str:
    """Return ``stamp`` as text, with as many digits as it has."""
    text: str = stamp.ToJsonString()
    return text


def or_none(text: str) -> str | None:
    """Return ``text``, or None when there is none."""
    return text or None
