"""gRPC's method handlers, of whichever of the four kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import grpc

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"  # generic for type checkers only
Behaviour = Callable[[Any, grpc.ServicerContext], Any]

_MAKERS = {
    # request is a stream, response is a stream
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}


def behaviour_of(handler: Handler) -> Behaviour:
    """Return the function that serves the method."""
    behaviour: Behaviour | None = (
        handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
    )
    if behaviour is None:
        raise ValueError("a handler without a function to call")
    return behaviour


def with_behaviour(
    handler: Handler, behaviour: Behaviour, deserialize: Callable[[bytes], Any] | None = None
) -> Handler:
    """Return a handler of the same kind and codec that is served by ``behaviour``.

    With ``deserialize`` its requests are read by that.
    """
    make = _MAKERS[handler.request_streaming, handler.response_streaming]
    read = deserialize or handler.request_deserializer
    return make(behaviour, read, handler.response_serializer)


def is_stream(handler: Handler) -> bool:
    """Return true when a call may last: one of its sides is a stream."""
    return handler.request_streaming or handler.response_streaming
