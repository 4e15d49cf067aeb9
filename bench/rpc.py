"""What a call costs: inside the process, over a socket, and over a socket without us.

Run as a script it prints the table.  The client is another process; only the server's CPU
counts.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc

from vmctl.v1 import operator_pb2 as pb
from vmctl.v1.operator_pb2_grpc import (
    OperatorServiceServicer,
    OperatorServiceStub,
    add_OperatorServiceServicer_to_server,
)
from vmctld.domain.identity import Caller, Role, StepTiming, TokenKind, Validation
from vmctld.rpc.interceptors import Guard
from vmctld.rpc.server import RpcServer
from vmctld.rpc.services import Services
from vmctld.wire.carrier import LocalChannel, LocalServer
from vmctld.wire.metadata import AUTHORIZATION, REQUEST_ID

CALLS = 2_000
RUNS = 3
METADATA = (
    (REQUEST_ID, "req-00000000-0000-0000-0000-000000000000"),
    (AUTHORIZATION, "Bearer vmt_" + "x" * 43),
)


@dataclass(frozen=True, slots=True)
class RpcCosts:
    """The server's CPU for one call that answers at once, in microseconds; best of some runs."""

    local_us: float
    socket_us: float
    floor_us: float  # gRPC alone, on the same kind of socket


def measure_rpc(calls: int = CALLS) -> RpcCosts:
    """Return what a call costs on either carrier, with token, role, deadline and request id."""
    local, server = LocalServer(), RpcServer()
    Services(Guard(_Everybody()), local, server).add(
        add_OperatorServiceServicer_to_server, _AnswersAtOnce()
    )
    bare = grpc.server(ThreadPoolExecutor(32))
    add_OperatorServiceServicer_to_server(_AnswersAtOnce(), bare)
    with tempfile.TemporaryDirectory() as scratch:
        guarded = server.listen(f"unix://{Path(scratch)}/guarded.sock")
        floor = f"unix://{Path(scratch)}/bare.sock"
        bare.add_insecure_port(floor)
        server.start()
        bare.start()
        try:
            return RpcCosts(
                local_us=_best(calls, lambda: _call(LocalChannel(local), calls)),
                socket_us=_best(calls, lambda: _call_from_elsewhere(guarded, calls)),
                floor_us=_best(calls, lambda: _call_from_elsewhere(floor, calls)),
            )
        finally:
            bare.stop(None)
            server.stop(grace_s=1)


class _AnswersAtOnce(OperatorServiceServicer):
    """The smallest of the services, with nothing to say."""

    def Diagnose(  # noqa: N802 - gRPC's name
        self, request: pb.DiagnoseRequest, context: grpc.ServicerContext
    ) -> pb.DiagnoseResponse:
        return pb.DiagnoseResponse()

    def Audit(  # noqa: N802
        self, request: pb.AuditRequest, context: grpc.ServicerContext
    ) -> pb.AuditResponse:
        return pb.AuditResponse()

    def ListDeadLetters(  # noqa: N802
        self, request: pb.ListDeadLettersRequest, context: grpc.ServicerContext
    ) -> pb.ListDeadLettersResponse:
        return pb.ListDeadLettersResponse()

    def ReplayDeadLetter(  # noqa: N802
        self, request: pb.ReplayDeadLetterRequest, context: grpc.ServicerContext
    ) -> pb.DeadLetter:
        return pb.DeadLetter()

    def DeleteDeadLetter(  # noqa: N802
        self, request: pb.DeleteDeadLetterRequest, context: grpc.ServicerContext
    ) -> pb.DeleteDeadLetterResponse:
        return pb.DeleteDeadLetterResponse()


class _Everybody:
    """Knows every token, so that only the carriers are measured."""

    def __init__(self) -> None:
        now = datetime.now(UTC)
        timing = StepTiming(now, 0.0)
        caller = Caller(
            token_id="",
            kind=TokenKind.USER,
            user_id="bench",
            user_name="bench",
            project_id="bench",
            project_name="bench",
            roles=frozenset({Role.ADMIN}),
            expires_at=now + timedelta(days=1),
        )
        self._validation = Validation(caller, timing, timing, from_cache=True)

    def validate(self, _token: str) -> Validation:
        """Return the one caller there is."""
        return self._validation


def _call(channel: grpc.Channel, calls: int) -> None:
    stub = OperatorServiceStub(channel)
    for _ in range(calls):
        stub.Diagnose(pb.DiagnoseRequest(), timeout=10, metadata=METADATA)


def _call_from_elsewhere(address: str, calls: int) -> None:
    subprocess.run([sys.executable, "-m", "bench.rpc", address, str(calls)], check=True)


def _best(calls: int, work: Callable[[], None]) -> float:
    def cpu_us() -> float:
        began = time.process_time()
        work()
        return (time.process_time() - began) / calls * 1e6

    return min(cpu_us() for _ in range(RUNS))


def main() -> None:
    """Print the table, or be the client that it needs."""
    if len(sys.argv) == 3:
        with grpc.insecure_channel(sys.argv[1]) as channel:
            _call(channel, int(sys.argv[2]))
        return
    costs = measure_rpc()
    print(f"call inside the process      {costs.local_us:8.1f} us of CPU")
    print(f"call over a socket           {costs.socket_us:8.1f} us of the server's CPU")
    print(f"the same with gRPC alone     {costs.floor_us:8.1f} us")


if __name__ == "__main__":
    main()
