"""Streams of the compute service; what it answers to single calls, the e2e tests show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import grpc

from tests.support.carriers import by
from tests.support.instances import an_instance
from tests.support.serving import serving
from vmctl.v1 import compute_pb2 as pb
from vmctl.v1.compute_pb2_grpc import (
    ComputeServiceStub,
    add_ComputeServiceServicer_to_server,
)
from vmctld.domain.clock import utc_now
from vmctld.domain.instance import VmState
from vmctld.rpc.servicers.compute import ComputeApi, ComputeServicer


class Rooms:
    """One running instance, and a console that echoes what is typed, then says it is over."""

    def __init__(self) -> None:
        self.ended_well = False

    def get(self, _caller: object, _reference: str) -> Any:
        """Return the instance."""
        return an_instance(vm_state=VmState.ACTIVE, host="a")

    def attach(self, _instance: object, typed: Iterator[bytes], _on_end: object) -> Iterator[bytes]:
        """Echo."""
        yield from typed
        self.ended_well = True


def _broken_off() -> Iterator[pb.OpenConsoleRequest]:
    yield pb.OpenConsoleRequest(instance="web")
    yield pb.OpenConsoleRequest(data=b"ls")
    raise grpc.RpcError


def test_a_user_who_breaks_off_has_typed_all_there_is() -> None:
    rooms: Any = Rooms()
    servicer = ComputeServicer(ComputeApi(rooms, rooms, rooms, rooms, utc_now))

    with serving(add_ComputeServiceServicer_to_server, servicer) as channel:
        answers = ComputeServiceStub(channel).OpenConsole(_broken_off(), metadata=by("member"))
        first = next(answers)
        with suppress(grpc.RpcError):  # what the user would get, who has gone
            next(answers, None)

    assert (first.data, rooms.ended_well) == (b"ls", True)
