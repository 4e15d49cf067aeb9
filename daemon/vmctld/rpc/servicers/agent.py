"""What a compute agent serves itself: byte streams of the guests on its hosts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Protocol

import grpc

from vmctl.v1 import agent_pb2 as pb
from vmctl.v1 import diagnostics_pb2
from vmctl.v1.agent_pb2_grpc import AgentServiceServicer
from vmctld.drivers.base import ConsoleStream, Driver
from vmctld.errors import InvalidRequest
from vmctld.wire.convert.diagnostics import diagnostics_to_proto

READ_TIMEOUT_S = 0.5  # how soon a console notices that its user has gone


class DriverOf(Protocol):
    """Finds the driver that runs an instance."""

    def __call__(self, instance_id: str) -> Driver:
        """Return it; raises NotFound when no host of this process has the instance."""
        ...


class AgentServicer(AgentServiceServicer):
    """Serves ``vmctl.v1.AgentService`` for all hosts of this process."""

    def __init__(self, driver_of: DriverOf) -> None:
        self._driver_of = driver_of

    def GetDiagnostics(
        self, request: diagnostics_pb2.GetDiagnosticsRequest, context: grpc.ServicerContext
    ) -> diagnostics_pb2.Diagnostics:
        driver = self._driver_of(request.instance)
        return diagnostics_to_proto(driver.diagnostics(request.instance))

    def ReadConsole(
        self, request: pb.ReadConsoleRequest, context: grpc.ServicerContext
    ) -> pb.ReadConsoleResponse:
        driver = self._driver_of(request.instance_id)
        output = driver.console_log(request.instance_id, request.max_bytes)
        return pb.ReadConsoleResponse(output=output)

    def AttachConsole(
        self,
        request_iterator: Iterator[pb.AttachConsoleRequest],
        context: grpc.ServicerContext,
    ) -> Iterator[pb.AttachConsoleResponse]:
        first = next(request_iterator, None)
        if first is None:
            raise InvalidRequest("the first message names the instance", code="empty-stream")
        driver = self._driver_of(first.instance_id)
        with driver.open_console(first.instance_id) as console:
            for output in _exchange(console, request_iterator, context):
                yield pb.AttachConsoleResponse(data=output)

    def OpenDisplay(
        self,
        request_iterator: Iterator[pb.OpenDisplayRequest],
        context: grpc.ServicerContext,
    ) -> Iterator[pb.OpenDisplayResponse]:
        first = next(request_iterator, None)
        if first is None:
            raise InvalidRequest("the first message names the instance", code="empty-stream")
        driver = self._driver_of(first.instance_id)
        with driver.open_display(first.instance_id) as screen:
            yield pb.OpenDisplayResponse()  # nobody need wait for its first byte
            for output in _exchange(screen, request_iterator, context):
                yield pb.OpenDisplayResponse(data=output)

    def OpenGuestPort(
        self,
        request_iterator: Iterator[pb.OpenGuestPortRequest],
        context: grpc.ServicerContext,
    ) -> Iterator[pb.OpenGuestPortResponse]:
        first = next(request_iterator, None)
        if first is None:
            raise InvalidRequest("the first message names the instance", code="empty-stream")
        driver = self._driver_of(first.instance_id)
        with driver.open_port(first.instance_id, first.port) as connection:
            # Out before its first byte: who waits for it knows now that it is connected
            yield pb.OpenGuestPortResponse()
            for output in _exchange(connection, request_iterator, context):
                yield pb.OpenGuestPortResponse(data=output)


class _WithData(Protocol):
    """A later message of either kind."""

    @property
    def data(self) -> bytes: ...


def _exchange(
    stream: ConsoleStream, requests: Iterator[_WithData], context: grpc.ServicerContext
) -> Iterator[bytes]:
    """Yield what the guest sends while what comes is sent to it, until either end leaves."""
    has_left = threading.Event()
    typing = threading.Thread(target=_type, args=(requests, stream, has_left), daemon=True)
    typing.start()
    while context.is_active() and not has_left.is_set():
        output = stream.read(READ_TIMEOUT_S)
        if output == b"":
            return
        if output is not None:
            yield output


def _type(requests: Iterator[_WithData], stream: ConsoleStream, has_left: threading.Event) -> None:
    try:
        for request in requests:
            stream.write(request.data)
    except (grpc.RpcError, OSError):
        # The user's end broke off, or the guest's: either way nobody types any more.
        has_left.set()
