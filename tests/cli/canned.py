"""An answer for every call: messages with something in every field, the same every time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from tests.cli.fake_cloud import MODULES

BEGAN_S = 1767323045  # 2026-01-02T03:04:05Z
DEPTH = 4  # of messages in messages
TEXTS = {
    "status": "ACTIVE",
    "vm_state": "active",
    "state": "up",
    "task_state": "",
    "next_marker": "",
    "facts_json": '{"free": 1, "wanted": 2}',
    "cidr": "10.20.0.0/24",
    "address": "10.20.0.5",
    "gateway": "10.20.0.1",
    "mac": "fa:16:3e:00:00:05",
    "disk_format": "qcow2",
    "visibility": "public",
    "outcome": "done",
    "result": "Success",
    "network": "private",
    "host": "host1",
    "severity": "leak",
}
"""Where a made-up word would not be understood, or would look odd."""
NUMBERS = {"power_state": 1, "step": 10, "attempt": 1, "launch_index": 0}


def canned_answers() -> dict[str, Any]:
    """Return what every method of every service answers."""
    return {method.name: _answer(method) for method in _methods()}


def _methods() -> Iterator[MethodDescriptor]:
    for module in MODULES:
        for service in module.DESCRIPTOR.services_by_name.values():
            yield from service.methods


def _answer(method: MethodDescriptor) -> Any:
    message = method.output_type._concrete_class()
    fill(message)
    return [message] if method.server_streaming else message


def fill(message: Message, *, nth: int = 1, depth: int = 0) -> None:
    """Put something into every field; the ``nth`` of several differs from the others."""
    for field in message.DESCRIPTOR.fields:
        if field.containing_oneof is not None and field.containing_oneof.fields[0] is not field:
            continue
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            _fill_message(message, field, nth, depth)
        elif field.is_repeated:
            getattr(message, field.name).append(_plain(field, nth))
        else:
            setattr(message, field.name, _plain(field, nth))


def _plain(field: FieldDescriptor, nth: int) -> Any:
    if field.type == FieldDescriptor.TYPE_STRING:
        return TEXTS.get(field.name, f"{field.name.replace('_', '-')}-{nth}")
    if field.type == FieldDescriptor.TYPE_BYTES:
        return b"bytes\n"
    if field.type == FieldDescriptor.TYPE_BOOL:
        return nth == 1
    if field.type in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT):
        return nth + 0.5
    return NUMBERS.get(field.name, nth * len(field.name))


def _fill_message(message: Any, field: FieldDescriptor, nth: int, depth: int) -> None:
    value = getattr(message, field.name)
    if field.message_type.GetOptions().map_entry:
        _fill_map(value, field.message_type.fields_by_name["value"])
    elif field.message_type.name == "Timestamp":
        value.FromSeconds(BEGAN_S + nth)
    elif depth < DEPTH and field.is_repeated:
        for number in (1, 2) if depth == 0 else (1,):
            fill(value.add(), nth=number, depth=depth + 1)
    elif depth < DEPTH:
        fill(value, nth=nth, depth=depth + 1)


def _fill_map(value: Any, kind: FieldDescriptor) -> None:
    if kind.type == FieldDescriptor.TYPE_MESSAGE:
        fill(value["key"], depth=DEPTH)
    elif kind.type == FieldDescriptor.TYPE_STRING:
        value["key"] = "value"
    else:
        value["key"] = 1
