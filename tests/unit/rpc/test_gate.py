from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from vmctl.v1 import identity_pb2 as pb
from vmctl.v1.identity_pb2_grpc import (
    IdentityServiceServicer,
    IdentityServiceStub,
    add_IdentityServiceServicer_to_server,
)
from vmctl.v1.image_pb2 import GetImageRequest
from vmctl.v1.image_pb2_grpc import (
    ImageServiceServicer,
    ImageServiceStub,
    add_ImageServiceServicer_to_server,
)
from vmctld.errors import Unavailable
from vmctld.rpc.gate import Gate
from vmctld.rpc.server import RpcServer
from vmctld.wire.carrier import LocalServer
from vmctld.wire.status import error_from_rpc


class _Identity(IdentityServiceServicer):
    def SignIn(self, request: pb.SignInRequest, context: object) -> pb.SignInResponse:  # noqa: N802
        return pb.SignInResponse(token="vmt_1")


@contextmanager
def _server(tmp_path: Path, gate: Gate) -> Iterator[grpc.Channel]:
    server = RpcServer(gate=gate)
    found = LocalServer()
    add_IdentityServiceServicer_to_server(_Identity(), found)
    add_ImageServiceServicer_to_server(ImageServiceServicer(), found)
    for name, handler in found.handlers.items():
        _, service, method = name.split("/")
        server.add_registered_method_handlers(service, {method: handler})
    address = server.listen(f"unix://{tmp_path / 's'}")
    server.start()
    try:
        with grpc.insecure_channel(address) as channel:
            yield channel
    finally:
        server.stop(0)


def _reason(call: object, request: object) -> str:
    with pytest.raises(grpc.RpcError) as refused:
        call(request, timeout=5)  # type: ignore[operator]
    return error_from_rpc(refused.value).code


def test_a_daemon_that_starts_says_so_to_everybody(tmp_path: Path) -> None:
    with _server(tmp_path, Gate()) as channel:
        sign_in = IdentityServiceStub(channel).SignIn

        assert _reason(sign_in, pb.SignInRequest()) == "starting"


def test_what_the_daemon_waits_for_is_told_and_operators_may_look(tmp_path: Path) -> None:
    gate = Gate()
    gate.shut(lambda: Unavailable("no broker", code="broker-away"), but_for_diagnosis=True)
    with _server(tmp_path, gate) as channel:
        get_image, sign_in = ImageServiceStub(channel).GetImage, IdentityServiceStub(channel).SignIn

        assert _reason(get_image, GetImageRequest()) == "broker-away"
        assert sign_in(pb.SignInRequest(), timeout=5).token == "vmt_1"


def test_an_open_gate_is_not_noticed(tmp_path: Path) -> None:
    gate = Gate()
    gate.open()
    with _server(tmp_path, gate) as channel:
        sign_in = IdentityServiceStub(channel).SignIn

        assert sign_in(pb.SignInRequest(), timeout=5).token == "vmt_1"


def test_health_is_asked_at_any_time(tmp_path: Path) -> None:
    with _server(tmp_path, Gate()) as channel:
        health = health_pb2_grpc.HealthStub(channel)

        answer = health.Check(health_pb2.HealthCheckRequest(), timeout=5)

    assert answer.status == health_pb2.HealthCheckResponse.NOT_SERVING
