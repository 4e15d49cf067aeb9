"""The network service as the compute parts ask it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.callers import a_build, a_caller
from tests.support.clock import FakeClock
from tests.support.database import a_database
from tests.support.serving import serving
from vmctl.v1.network_pb2_grpc import add_NetworkServiceServicer_to_server
from vmctld.clients.network import NetworkClient
from vmctld.compute.boot import BUILD_CALLS
from vmctld.domain.instance import Nic
from vmctld.domain.network import NicRequest, ResolvedNic, SubnetRequest
from vmctld.errors import Forbidden, NotFound
from vmctld.network.service import NetworkService
from vmctld.observe import context
from vmctld.rpc.servicers.network import NetworkServicer

SERVER = "0c7a1d1e-0000-4000-8000-000000000001"
PORT = "0c7a1d1e-0000-4000-8000-0000000000aa"


@pytest.fixture
def network_id(service: NetworkService) -> str:
    network = service.networks.create_network(a_caller(), "blue")
    service.subnets.create_subnet(a_caller(), SubnetRequest("blue", "10.1.0.0/24"))
    return network.id


@pytest.fixture
def service(tmp_path: Path) -> Iterator[NetworkService]:
    database = a_database(tmp_path)
    yield NetworkService(database, FakeClock())
    database.close()


@pytest.fixture
def client(service: NetworkService) -> Iterator[NetworkClient]:
    build = replace(a_build(SERVER), calls=BUILD_CALLS)
    with serving(
        add_NetworkServiceServicer_to_server, NetworkServicer(service), {"of-server": build}
    ) as channel:
        yield NetworkClient(channel)


def test_a_boots_wishes_are_asked_with_the_users_token(
    client: NetworkClient, network_id: str
) -> None:
    with context.bind(token="member"):
        assert client.resolve_nics([NicRequest("blue")]) == (ResolvedNic(network_id, None, None),)
        with pytest.raises(NotFound) as refusal:
            client.resolve_nics([NicRequest("green")])

    assert refusal.value.code == "network-not-found"


def test_ports_come_with_the_time_that_step_23_took_and_go_back(
    client: NetworkClient, service: NetworkService, network_id: str
) -> None:
    with context.bind(token="of-server"):
        served = client.ensure_ports(SERVER, "host-1", [Nic(PORT, network_id)])
    with context.bind(token="service"):
        client.release_ports(SERVER, host="host-2")
        assert service.ports.get_port(a_caller(), PORT)
        client.release_ports(SERVER)

    assert [(w.port_id, w.address) for w in served.value] == [(PORT, "10.1.0.2")]
    assert served.validation is not None
    assert served.validation.duration_ms == 1.5
    with pytest.raises(NotFound):
        service.ports.get_port(a_caller(), PORT)


def test_a_user_is_refused_what_is_for_builds(client: NetworkClient) -> None:
    with context.bind(token="member"), pytest.raises(Forbidden):
        client.ensure_ports(SERVER, "host-1", [])
