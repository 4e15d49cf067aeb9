"""The gRPC server: sockets, threads, health and reflection, an orderly end."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

from vmctld.errors import InvalidRequest, Unavailable
from vmctld.rpc.address import (
    TcpAddress,
    TlsFiles,
    check_tls,
    open_socket,
    parse_address,
    prepare_socket,
)
from vmctld.rpc.gate import Gate
from vmctld.rpc.handlers import Handler
from vmctld.rpc.streams import MAX_STREAMS, StreamSlots
from vmctld.wire.carrier import LocalServer

UNARY_THREADS = 32
MAX_CALLS_AT_ONCE = 2_048  # running and waiting for a thread; gRPC refuses those above it
MAX_MESSAGE_BYTES = 4 * 1024 * 1024  # that is taken: the largest are pieces of images

_OPTIONS = (
    # A second server on the same port is an error, not somebody to share it with
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    # No bound: what is sent is our own, and a page of 1000 servers with all the metadata that
    # they may have is a hundred times what anybody may send to us
    ("grpc.max_send_message_length", -1),
    # A client that vanished without a word holds its stream for 80 s at most
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    # Clients may ask every 10 s whether we are there, between calls too
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
)


class RpcServer:
    """Serves handlers on any number of addresses."""

    def __init__(self, max_streams: int = MAX_STREAMS, gate: Gate | None = None) -> None:
        self._gate = gate
        self._pool = ThreadPoolExecutor(UNARY_THREADS, thread_name_prefix="rpc")
        self._slots = StreamSlots(max_streams)
        self._server = grpc.server(
            self._pool, options=_OPTIONS, maximum_concurrent_rpcs=MAX_CALLS_AT_ONCE
        )
        self._health = health.HealthServicer()
        self._service_names: list[str] = []
        self.set_ready(False)

    def add_registered_method_handlers(
        self, service_name: str, method_handlers: Mapping[str, Handler]
    ) -> None:
        """Serve ``method_handlers``, by method name, as ``service_name``; before the start."""
        handlers = {
            method: self._slots.wrap(self._gated(f"/{service_name}/{method}", handler))
            for method, handler in method_handlers.items()
        }
        self._server.add_registered_method_handlers(service_name, handlers)
        self._service_names.append(service_name)

    def listen(self, text: str, tls: TlsFiles | None = None) -> str:
        """Listen on ``unix:///path`` or ``host:port`` and return that address.

        A port of 0 takes a free one, which the returned address names.  Raises
        InvalidRequest, or Unavailable when the address is taken.
        """
        address = parse_address(text)
        if isinstance(address, TcpAddress):
            return self._listen_tcp(address, tls)
        prepare_socket(address)
        try:
            self._server.add_insecure_port(str(address))
        except RuntimeError as error:
            raise _not_bound(str(address)) from error
        open_socket(address)
        return str(address)

    def start(self) -> None:
        """Begin to serve; ``set_ready`` says to the health service that all is well."""
        self._add_health_and_reflection()
        self._server.start()

    def set_ready(self, ready: bool) -> None:
        """Say to those who ask the health service whether calls will succeed."""
        statuses = health_pb2.HealthCheckResponse
        status = statuses.SERVING if ready else statuses.NOT_SERVING
        for service in ("", *self._service_names):
            self._health.set(service, status)

    def stop(self, grace_s: float) -> None:
        """Take no more calls, end the streams, give the others ``grace_s``, then end them."""
        self._health.enter_graceful_shutdown()
        stopped = self._server.stop(grace_s)
        self._slots.end_all()
        stopped.wait()
        self._slots.close()
        self._pool.shutdown(wait=False)

    def _gated(self, method: str, handler: Handler) -> Handler:
        return self._gate.wrap(method, handler) if self._gate else handler

    def _listen_tcp(self, address: TcpAddress, tls: TlsFiles | None) -> str:
        if tls is None:
            raise InvalidRequest(
                f"listening on {address} needs a certificate: tokens do not travel in the clear",
                code="tls-missing",
                hint="Set --tls-cert and --tls-key, or listen on unix:///path.",
            )
        check_tls(tls)
        credentials = grpc.ssl_server_credentials(
            [(tls.key.read_bytes(), tls.cert.read_bytes())],
            root_certificates=tls.ca.read_bytes() if tls.ca else None,
            require_client_auth=tls.ca is not None,
        )
        try:
            port = self._server.add_secure_port(str(address), credentials)
        except RuntimeError as error:
            raise _not_bound(str(address)) from error
        return str(TcpAddress(address.host, port))

    def _add_health_and_reflection(self) -> None:
        """Serve both to everybody, without a token: that is what they are for."""
        names = (*self._service_names, health.SERVICE_NAME, reflection.SERVICE_NAME)
        found = LocalServer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, found)
        reflection_pb2_grpc.add_ServerReflectionServicer_to_server(  # type: ignore[no-untyped-call]
            reflection.ReflectionServicer(names), found
        )
        for full_name, handler in found.handlers.items():
            _, service, method = full_name.split("/")
            handlers = {method: self._slots.wrap(handler)}
            self._server.add_registered_method_handlers(service, handlers)


def _not_bound(address: str) -> Unavailable:
    return Unavailable(
        f"cannot listen on {address}: it is in use, or not an address of this machine",
        code="address-in-use",
        hint="Stop what listens there, or set --listen.",
        facts={"address": address},
    )
