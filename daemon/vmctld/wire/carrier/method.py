"""One method as a stub knows it, and how messages cross to its handler and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import grpc

from vmctld.wire.carrier.call import LocalContext, LocalRpcError

Request = TypeVar("Request")
Response = TypeVar("Response")
Handler = grpc.RpcMethodHandler[Any, Any]

MAX_MESSAGE_BYTES = 4 * 1024 * 1024  # gRPC's default: both carriers refuse the same messages


@dataclass(frozen=True, slots=True)
class Method(Generic[Request, Response]):
    """A method's name, its stub's codec, and where its handler is found.

    Messages cross as bytes: measured, that takes 0.4 us for a small one and 0.9 us for one
    with 4 KiB of user data, finds wrong types, and leaves nothing shared.
    """

    name: str
    serialize: Callable[[Request], bytes]
    parse: Callable[[bytes], Response]
    find_handler: Callable[[str], Handler]

    def to_server(self, request: Request, handler: Handler, context: LocalContext) -> Any:
        """Return the handler's own copy of ``request``."""
        return _copy(request, self.serialize, handler.request_deserializer, "request", context)

    def to_client(self, response: Any, handler: Handler, context: LocalContext) -> Response:
        """Return the client's own copy of ``response``."""
        copy: Response = _copy(
            response, handler.response_serializer, self.parse, "response", context
        )
        return copy


def _copy(message: Any, serialize: Any, parse: Any, what: str, context: LocalContext) -> Any:
    try:
        wire = serialize(message)
    except Exception as error:  # whatever a wrong type raises: gRPC answers the same to all
        context.end(grpc.StatusCode.INTERNAL, f"Exception serializing {what}!")
        raise LocalRpcError(context) from error
    if len(wire) > MAX_MESSAGE_BYTES:
        context.end(
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            f"Received {what} larger than max ({len(wire)} vs. {MAX_MESSAGE_BYTES})",
        )
        raise LocalRpcError(context)
    return parse(wire)
