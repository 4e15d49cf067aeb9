"""Byte streams of a guest, each as a line that can be talked into from another thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from vmctl.v1 import compute_pb2 as pb
from vmctl.v1.compute_pb2_grpc import ComputeServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.errors import CliError

R = TypeVar("R", pb.OpenConsoleRequest, pb.OpenTunnelRequest)


class GuestLine(Generic[R]):
    """One open stream; whoever hangs up ends it for both directions."""

    def __init__(self, calls: Calls, method: Any, first: R, later: Callable[[bytes], R]) -> None:
        self._queue: SimpleQueue[R] = SimpleQueue()
        self._queue.put(first)
        self._later: Callable[[bytes], R] = later
        self._hung_up = False
        self._call = calls.both_ways(method, iter(self._queue.get, None))

    def type(self, data: bytes) -> None:
        """Send what was typed."""
        self._queue.put(self._later(data))

    def hang_up(self) -> None:
        """End the line from our side."""
        self._hung_up = True
        self._call.cancel()

    def written(self) -> Iterator[bytes]:
        """Yield what the guest writes, until somebody hangs up or the time is over."""
        try:
            for answer in self._call.answers():
                yield answer.data
        except CliError as error:
            if not (self._hung_up or error.class_name == "TimedOut"):
                raise


def console_line(
    calls: Calls, stub: ComputeServiceStub, server: str
) -> GuestLine[pb.OpenConsoleRequest]:
    """Return the open serial console of a server."""
    first = pb.OpenConsoleRequest(instance=server)
    return GuestLine(calls, stub.OpenConsole, first, lambda data: pb.OpenConsoleRequest(data=data))


def tunnel_line(
    calls: Calls, stub: ComputeServiceStub, server: str, port: int
) -> GuestLine[pb.OpenTunnelRequest]:
    """Return an open connection to a server's TCP port."""
    first = pb.OpenTunnelRequest(instance=server, port=port)
    return GuestLine(calls, stub.OpenTunnel, first, lambda data: pb.OpenTunnelRequest(data=data))
