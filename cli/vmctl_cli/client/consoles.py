"""A guest's serial port as a line that can be talked into from another thread."""

from __future__ import annotations

from collections.abc import Iterator
from queue import SimpleQueue

from vmctl.v1 import compute_pb2 as pb
from vmctl.v1.compute_pb2_grpc import ComputeServiceStub

from vmctl_cli.client.calls import Calls
from vmctl_cli.errors import CliError


class ConsoleLine:
    """One open console; whoever hangs up ends it for both directions."""

    def __init__(self, calls: Calls, stub: ComputeServiceStub, server: str) -> None:
        self._queue: SimpleQueue[pb.OpenConsoleRequest] = SimpleQueue()
        self._queue.put(pb.OpenConsoleRequest(instance=server))
        self._hung_up = False
        self._call = calls.both_ways(stub.OpenConsole, iter(self._queue.get, None))

    def type(self, data: bytes) -> None:
        """Send what was typed."""
        self._queue.put(pb.OpenConsoleRequest(data=data))

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
