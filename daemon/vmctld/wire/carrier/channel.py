"""The two ends: a server that only keeps handlers, and the channel that finds them there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import grpc

from vmctld.errors import NotSupported
from vmctld.wire.carrier.call import LocalContext, LocalRpcError
from vmctld.wire.carrier.method import Handler, Method
from vmctld.wire.carrier.methods import (
    LocalStreamStream,
    LocalStreamUnary,
    LocalUnaryStream,
    LocalUnaryUnary,
)

Request = TypeVar("Request")
Response = TypeVar("Response")
Serializer = Callable[[Request], bytes] | None
Deserializer = Callable[[bytes], Response] | None


class LocalServer(grpc.Server):
    """Keeps the handlers that ``add_XxxServiceServicer_to_server`` brings, by full method name."""

    def __init__(self) -> None:
        self.handlers: dict[str, Handler] = {}

    def add_registered_method_handlers(
        self, service_name: str, method_handlers: Mapping[str, Handler]
    ) -> None:
        for method, handler in method_handlers.items():
            self.handlers[f"/{service_name}/{method}"] = handler

    def add_generic_rpc_handlers(self, generic_rpc_handlers: Iterable[object]) -> None:
        """Do nothing: generated code brings the same handlers under their names as well."""

    def add_insecure_port(self, address: str) -> int:
        raise NotSupported("a server inside the process listens nowhere")

    def add_secure_port(self, address: str, server_credentials: grpc.ServerCredentials) -> int:
        raise NotSupported("a server inside the process listens nowhere")

    def start(self) -> None:
        """Do nothing: it serves whenever it is called."""

    def stop(self, grace: float | None) -> threading.Event:
        """Forget the handlers; calls that run go on."""
        self.handlers.clear()
        stopped = threading.Event()
        stopped.set()
        return stopped

    def wait_for_termination(self, timeout: float | None = None) -> bool:
        raise NotSupported("a server inside the process does not end by itself")


class LocalChannel(grpc.Channel):
    """A channel to a ``LocalServer``.  Its handlers may be added after the stubs were made."""

    def __init__(self, server: LocalServer) -> None:
        self._server = server
        self._closed = False

    def unary_unary(
        self,
        method: str,
        request_serializer: Serializer[Request] = None,
        response_deserializer: Deserializer[Response] = None,
        _registered_method: bool | None = False,
    ) -> grpc.UnaryUnaryMultiCallable[Request, Response]:
        return LocalUnaryUnary(self._method(method, request_serializer, response_deserializer))

    def unary_stream(
        self,
        method: str,
        request_serializer: Serializer[Request] = None,
        response_deserializer: Deserializer[Response] = None,
        _registered_method: bool | None = False,
    ) -> grpc.UnaryStreamMultiCallable[Request, Response]:
        return LocalUnaryStream(self._method(method, request_serializer, response_deserializer))

    def stream_unary(
        self,
        method: str,
        request_serializer: Serializer[Request] = None,
        response_deserializer: Deserializer[Response] = None,
        _registered_method: bool | None = False,
    ) -> grpc.StreamUnaryMultiCallable[Request, Response]:
        return LocalStreamUnary(self._method(method, request_serializer, response_deserializer))

    def stream_stream(
        self,
        method: str,
        request_serializer: Serializer[Request] = None,
        response_deserializer: Deserializer[Response] = None,
        _registered_method: bool | None = False,
    ) -> grpc.StreamStreamMultiCallable[Request, Response]:
        return LocalStreamStream(self._method(method, request_serializer, response_deserializer))

    def subscribe(
        self,
        callback: Callable[[grpc.ChannelConnectivity], None],
        try_to_connect: bool = False,
    ) -> None:
        """Tell ``callback`` that the channel is ready; it stays so."""
        callback(grpc.ChannelConnectivity.READY)

    def unsubscribe(self, callback: Callable[[grpc.ChannelConnectivity], None]) -> None:
        """Do nothing: there is nothing more to tell."""

    def close(self) -> None:
        """Refuse further calls, as gRPC does, with a ValueError."""
        self._closed = True

    def __enter__(self) -> LocalChannel:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _method(
        self, name: str, serialize: Serializer[Request], parse: Deserializer[Response]
    ) -> Method:
        if serialize is None or parse is None:
            raise NotSupported("raw bytes do not travel inside the process: use generated stubs")
        return Method(name, serialize, parse, self._handler)

    def _handler(self, method: str) -> Handler:
        if self._closed:
            raise ValueError("Cannot invoke RPC on closed channel!")
        handler = self._server.handlers.get(method)
        if handler is None:
            context = LocalContext(None, None)
            context.end(grpc.StatusCode.UNIMPLEMENTED, "Method not found!")
            raise LocalRpcError(context)
        return handler
