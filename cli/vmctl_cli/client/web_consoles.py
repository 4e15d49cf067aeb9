"""URLs at which a browser finds a server's screen or serial port."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from vmctl.v1 import console_pb2 as pb
from vmctl.v1.console_pb2_grpc import ConsoleServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.values import time_of


@dataclass(frozen=True, slots=True)
class WebConsole:
    """A URL that opens one console for a while; whoever has it can type into the guest."""

    type: str
    url: str
    expires_at: str | None


class WebConsoles:
    """The console service."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> ConsoleServiceStub:
        return ConsoleServiceStub(self._calls.channel)

    def create(self, server: str, console_type: str) -> WebConsole:
        """Return a URL for a server's console: its screen (novnc) or its serial port (serial)."""
        request = pb.CreateConsoleRequest(instance=server, type=console_type)
        made = self._calls.unary(self._stub.CreateConsole, request)
        return WebConsole(made.type, made.url, time_of(made, "expires_at"))
