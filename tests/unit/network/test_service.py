"""The network service: its parts, wired."""

from __future__ import annotations

import pytest

from tests.support.callers import a_build, a_caller
from tests.support.clock import FakeClock
from vmctld.domain.instance import Nic
from vmctld.domain.network import Network, Subnet
from vmctld.network.service import NetworkService
from vmctld.storage.database import Database

SERVER = "0c7a1d1e-0000-4000-8000-000000000001"
PORT = "0c7a1d1e-0000-4000-8000-0000000000aa"


@pytest.mark.parametrize("kind", ["user", "bridge"])
def test_every_port_is_of_the_kind_that_hosts_wire(
    database: Database, network: Network, subnet: Subnet, kind: str
) -> None:
    service = NetworkService(database, FakeClock(), port_kind=kind)

    (wiring,) = service.builds.ensure_ports(
        a_build(SERVER), SERVER, "host-1", [Nic(PORT, network.id)]
    )

    assert wiring.kind == kind
    assert service.ports.create_port(a_caller(), "blue").kind == kind


def test_a_port_keeps_its_kind_for_life(
    service: NetworkService, database: Database, network: Network, subnet: Subnet
) -> None:
    port = service.ports.create_port(a_caller(), "blue")
    restarted = NetworkService(database, FakeClock(), port_kind="bridge")

    (wiring,) = restarted.builds.ensure_ports(
        a_build(SERVER), SERVER, "host-1", [Nic(port.id, network.id, existing=True)]
    )

    assert wiring.kind == "user"
