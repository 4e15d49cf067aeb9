from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from vmctld.app.authority import make_credentials
from vmctld.app.credentials import Credentials, read_credentials
from vmctld.clients.channels import channel_to
from vmctld.errors import InvalidRequest
from vmctld.rpc.server import RpcServer

NOBODY = "127.0.0.1:9"


@contextmanager
def _serving(held: Credentials) -> Iterator[str]:
    server = RpcServer()
    address = server.listen("127.0.0.1:0", held.files)
    server.start()
    try:
        yield address
    finally:
        server.stop(0)


def _ask(held: Credentials, tls_name: str, *endpoints: str) -> int:
    channel = channel_to(
        endpoints, tls_name, ca=held.ca, certificate=held.certificate, key=held.key, retries=False
    )
    with channel:
        stub = health_pb2_grpc.HealthStub(channel)
        return int(stub.Check(health_pb2.HealthCheckRequest(), timeout=10).status)


@pytest.fixture
def api(tmp_path: Path) -> Credentials:
    return read_credentials(make_credentials(tmp_path, ["api"])[0])


@pytest.fixture
def agent(tmp_path: Path, api: Credentials) -> Credentials:
    return read_credentials(make_credentials(tmp_path, ["agent.web-1"])[0])


def test_parts_of_one_installation_reach_each_other(api: Credentials, agent: Credentials) -> None:
    with _serving(api) as address:
        assert _ask(agent, "api.vmctl", address) == health_pb2.HealthCheckResponse.NOT_SERVING


def test_a_compute_host_cannot_play_the_api(api: Credentials, agent: Credentials) -> None:
    with _serving(agent) as address, pytest.raises(grpc.RpcError) as refused:
        _ask(agent, "api.vmctl", address)

    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


def test_a_stranger_is_not_let_in(tmp_path: Path, api: Credentials) -> None:
    stranger = read_credentials(make_credentials(tmp_path / "other", ["conductor"])[0])
    with _serving(api) as address, pytest.raises(grpc.RpcError) as refused:
        _ask(stranger, "api.vmctl", address)

    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


def test_one_of_several_that_is_away_does_not_matter(api: Credentials, agent: Credentials) -> None:
    with _serving(api) as address:
        channel = channel_to(
            [NOBODY, address],
            "api.vmctl",
            ca=agent.ca,
            certificate=agent.certificate,
            key=agent.key,
        )
        with channel:
            stub = health_pb2_grpc.HealthStub(channel)
            for _ in range(4):
                assert stub.Check(health_pb2.HealthCheckRequest(), timeout=20).status


def test_several_names_are_refused(api: Credentials) -> None:
    with pytest.raises(InvalidRequest) as refused:
        _ask(api, "api.vmctl", "one.example:1", "two.example:1")

    assert refused.value.code == "invalid-endpoints"
