"""The agents' own service, as the compute api reaches it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import grpc

from vmctl.v1 import agent_pb2 as pb
from vmctl.v1 import diagnostics_pb2
from vmctl.v1.agent_pb2_grpc import AgentServiceStub
from vmctld.clients.base import OnEnd, ServiceClient, TokenSource
from vmctld.domain.machine import Diagnostics
from vmctld.wire.convert.diagnostics import diagnostics_from_proto


class AgentClient(ServiceClient):
    """Reaches the agent of any host; ``channel_of`` knows the way."""

    def __init__(self, channel_of: Callable[[str], grpc.Channel], token: TokenSource) -> None:
        super().__init__(token)
        self._channel_of = channel_of

    def diagnostics(self, host: str, instance_id: str) -> Diagnostics:
        """Return what the instance's machine has done so far."""
        stub = AgentServiceStub(self._channel_of(host))
        request = diagnostics_pb2.GetDiagnosticsRequest(instance=instance_id)
        return diagnostics_from_proto(self._call(stub.GetDiagnostics, request))

    def read_console(self, host: str, instance_id: str, max_bytes: int) -> bytes:
        """Return the end of what the guest wrote to its serial port."""
        stub = AgentServiceStub(self._channel_of(host))
        request = pb.ReadConsoleRequest(instance_id=instance_id, max_bytes=max_bytes)
        return self._call(stub.ReadConsole, request).output

    def attach_console(
        self,
        host: str,
        instance_id: str,
        typed: Iterator[bytes],
        on_end: OnEnd,
    ) -> Iterator[bytes]:
        """Yield what the guest writes while ``typed`` is typed into it.

        ``on_end`` is given what ends the call: a user who has gone must not keep the console.
        """
        stub = AgentServiceStub(self._channel_of(host))
        requests = _requests(instance_id, typed)
        for response in self._exchange(stub.AttachConsole, requests, on_end):
            yield response.data

    def open_display(
        self, host: str, instance_id: str, sent: Iterator[bytes], on_end: OnEnd
    ) -> Iterator[bytes]:
        """Yield what a guest's screen sends, b"" once it is open, while ``sent`` is sent."""
        stub = AgentServiceStub(self._channel_of(host))
        requests = _display_requests(instance_id, sent)
        for response in self._exchange(stub.OpenDisplay, requests, on_end):
            yield response.data

    def open_port(
        self, host: str, instance_id: str, port: int, sent: Iterator[bytes], on_end: OnEnd
    ) -> Iterator[bytes]:
        """Yield what a guest's TCP port sends, b"" once it is open, while ``sent`` is sent."""
        stub = AgentServiceStub(self._channel_of(host))
        requests = _port_requests(instance_id, port, sent)
        for response in self._exchange(stub.OpenGuestPort, requests, on_end):
            yield response.data


def _display_requests(instance_id: str, sent: Iterator[bytes]) -> Iterator[pb.OpenDisplayRequest]:
    yield pb.OpenDisplayRequest(instance_id=instance_id)
    for data in sent:
        yield pb.OpenDisplayRequest(data=data)


def _port_requests(
    instance_id: str, port: int, sent: Iterator[bytes]
) -> Iterator[pb.OpenGuestPortRequest]:
    yield pb.OpenGuestPortRequest(instance_id=instance_id, port=port)
    for data in sent:
        yield pb.OpenGuestPortRequest(data=data)


def _requests(instance_id: str, typed: Iterator[bytes]) -> Iterator[pb.AttachConsoleRequest]:
    yield pb.AttachConsoleRequest(instance_id=instance_id)
    for data in typed:
        yield pb.AttachConsoleRequest(data=data)
