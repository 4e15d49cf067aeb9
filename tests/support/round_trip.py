"""Nothing is lost on the wire: every field of a message is filled, and comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def assert_survives(
    thing: Any, to_proto: Callable[..., Any], from_proto: Callable[..., Any]
) -> None:
    """Fail unless ``thing``, of which every field is set, fills its message and comes back.

    The message goes through bytes, as it does on its way.
    """
    message = to_proto(thing)
    filled = {field.name for field, _value in message.ListFields()}
    assert filled == {field.name for field in message.DESCRIPTOR.fields}
    assert from_proto(type(message).FromString(message.SerializeToString())) == thing
