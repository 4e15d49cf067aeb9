"""The network service, as an agent asks it what to enforce on its host."""

from __future__ import annotations

from pathlib import Path

from tests.support.callers import a_build, a_caller
from tests.support.clock import FakeClock
from tests.support.database import a_database
from tests.support.serving import serving
from vmctl.v1.security_group_pb2_grpc import add_SecurityGroupServiceServicer_to_server
from vmctld.clients.guards import GuardsClient
from vmctld.domain.instance import Nic
from vmctld.domain.network import SubnetRequest
from vmctld.network.service import NetworkService
from vmctld.rpc.servicers.security_group import SecurityGroupServicer

SERVER = "0c7a1d1e-0000-4000-8000-000000000001"
PORT = "0c7a1d1e-0000-4000-8000-0000000000aa"


def test_a_host_asks_for_what_is_new_to_it(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    service = NetworkService(database, FakeClock(), port_kind="bridge")
    network = service.networks.create_network(a_caller(), "blue")
    service.subnets.create_subnet(a_caller(), SubnetRequest(network.id, "10.1.0.0/24"))
    service.builds.ensure_ports(a_build(SERVER), SERVER, "h1", [Nic(PORT, network.id)])
    servicer = SecurityGroupServicer(service)
    with serving(add_SecurityGroupServiceServicer_to_server, servicer) as channel:
        client = GuardsClient(channel, "h1", lambda: "service")

        book = client.book("")
        assert book is not None
        again = client.book(book.digest)

    assert [guard.port_id for guard in book.networks[network.id]] == [PORT]
    assert again is None
    database.close()
