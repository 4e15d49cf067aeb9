"""The four kinds of method inside one process: what a generated stub calls.

The server's side of a call runs in a fresh contextvars context: all it knows came with the
request and its metadata, as it would on another machine.  Call credentials, wait_for_ready
and compression mean nothing here and are passed over.  gRPC's classes are generic for type
checkers only, hence the type-arg.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextvars import Context
from functools import partial
from typing import Any, NoReturn

import grpc

from vmctld.errors import NotSupported
from vmctld.wire.carrier.call import (
    Aborted,
    LocalCall,
    LocalContext,
    LocalRpcError,
    PlainMetadata,
)
from vmctld.wire.carrier.method import Handler, Method
from vmctld.wire.carrier.streams import Requests, Responses


class LocalUnaryUnary(grpc.UnaryUnaryMultiCallable):  # type: ignore[type-arg]
    """One message there, one back."""

    def __init__(self, method: Method) -> None:
        self._method = method

    def __call__(
        self,
        request: Any,
        timeout: float | None = None,
        metadata: PlainMetadata | None = None,
        *_unused: object,
        **_unused_by_name: object,
    ) -> Any:
        return self.with_call(request, timeout, metadata)[0]

    def with_call(
        self,
        request: Any,
        timeout: float | None = None,
        metadata: PlainMetadata | None = None,
        *_unused: object,
        **_unused_by_name: object,
    ) -> tuple[Any, grpc.Call]:
        handler = self._method.find_handler(self._method.name)
        context = LocalContext(metadata, timeout)
        message = self._method.to_server(request, handler, context)
        return _answer(self._method, handler, _behaviour(handler.unary_unary), message, context)

    def future(self, *_arguments: object, **_named: object) -> NoReturn:
        raise NotSupported("calls inside the process are not made in the background")


class LocalStreamUnary(grpc.StreamUnaryMultiCallable):  # type: ignore[type-arg]
    """Many messages there, one back."""

    def __init__(self, method: Method) -> None:
        self._method = method

    def __call__(
        self,
        request_iterator: Iterator[Any],
        timeout: float | None = None,
        metadata: PlainMetadata | None = None,
        *_unused: object,
        **_unused_by_name: object,
    ) -> Any:
        return self.with_call(request_iterator, timeout, metadata)[0]

    def with_call(
        self,
        request_iterator: Iterator[Any],
        timeout: float | None = None,
        metadata: PlainMetadata | None = None,
        *_unused: object,
        **_unused_by_name: object,
    ) -> tuple[Any, grpc.Call]:
        handler = self._method.find_handler(self._method.name)
        context = LocalContext(metadata, timeout)
        requests = Requests(self._method, handler, request_iterator, context)
        return _answer(self._method, handler, _behaviour(handler.stream_unary), requests, context)

    def future(self, *_arguments: object, **_named: object) -> NoReturn:
        raise NotSupported("calls inside the process are not made in the background")


class LocalUnaryStream(grpc.UnaryStreamMultiCallable):  # type: ignore[type-arg]
    """One message there, many back."""

    def __init__(self, method: Method) -> None:
        self._method = method

    # gRPC's stubs promise a class that only type checkers know
    def __call__(  # type: ignore[override]
        self,
        request: Any,
        timeout: float | None = None,
        metadata: PlainMetadata | None = None,
        *_unused: object,
        **_unused_by_name: object,
    ) -> Responses:
        handler = self._method.find_handler(self._method.name)
        context = LocalContext(metadata, timeout)
        message = self._method.to_server(request, handler, context)
        begin = partial(_behaviour(handler.unary_stream), message)
        return Responses(self._method, handler, begin, context)


class LocalStreamStream(grpc.StreamStreamMultiCallable):  # type: ignore[type-arg]
    """Many messages there, many back."""

    def __init__(self, method: Method) -> None:
        self._method = method

    # gRPC's stubs promise a class that only type checkers know
    def __call__(  # type: ignore[override]
        self,
        request_iterator: Iterator[Any],
        timeout: float | None = None,
        metadata: PlainMetadata | None = None,
        *_unused: object,
        **_unused_by_name: object,
    ) -> Responses:
        handler = self._method.find_handler(self._method.name)
        context = LocalContext(metadata, timeout)
        requests = Requests(self._method, handler, request_iterator, context)
        begin = partial(_behaviour(handler.stream_stream), requests)
        return Responses(self._method, handler, begin, context)


def _behaviour(found: Callable[..., Any] | None) -> Callable[..., Any]:
    """Return what serves a method; a handler has one of the four kinds."""
    if found is None:
        raise NotSupported("the stub and the handler are of different kinds: old stubs?")
    return found


def _answer(
    method: Method,
    handler: Handler,
    behaviour: Callable[..., Any],
    argument: Any,
    context: LocalContext,
) -> tuple[Any, grpc.Call]:
    """Run a handler that gives one answer, and end the call with it."""
    context.end_if_expired()
    context.raise_if_failed()
    try:
        response = Context().run(behaviour, argument, context)
    except Aborted:
        context.raise_if_failed()
    except Exception as error:
        context.end(grpc.StatusCode.UNKNOWN, f"Exception calling application: {error}")
        raise LocalRpcError(context) from error
    context.end_if_expired()
    context.raise_if_failed()
    answer = method.to_client(response, handler, context)
    context.end()
    return answer, LocalCall(context)
