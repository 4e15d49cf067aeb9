"""Messages that cannot be read: their sender's mistake, not a fault of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from vmctld.errors import InvalidRequest
from vmctld.rpc.handlers import Behaviour, Handler, behaviour_of, with_behaviour

_GARBLED = (
    object()
)  # stands for the message; gRPC would answer INTERNAL, with a traceback in the log


def readable(handler: Handler) -> Handler:
    """Return ``handler`` refusing what is not its message.  Its behaviour raises InvalidRequest."""
    if handler.request_deserializer is None:
        return handler
    make = _around_each if handler.request_streaming else _around_one
    read = _forgiving(handler.request_deserializer)
    return with_behaviour(handler, make(behaviour_of(handler)), read)


def _forgiving(deserialize: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    def read(data: bytes) -> Any:
        try:
            return deserialize(data)
        except DecodeError:
            return _GARBLED

    return read


def _around_one(behaviour: Behaviour) -> Behaviour:
    def answer(request: Any, context: grpc.ServicerContext) -> Any:
        return behaviour(_checked(request), context)

    return answer


def _around_each(behaviour: Behaviour) -> Behaviour:
    def answer(requests: Iterator[Any], context: grpc.ServicerContext) -> Any:
        return behaviour(map(_checked, requests), context)

    return answer


def _checked(message: Any) -> Any:
    if message is _GARBLED:
        raise InvalidRequest(
            "the message is not one of this method: it is cut off, garbled, or not UTF-8",
            code="unreadable-message",
            hint="make messages with the stubs of proto/vmctl/v1",
        )
    return message
