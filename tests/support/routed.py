"""A network with a way out: an external network, a subnet of a project, and routers' rooms."""

from __future__ import annotations

from tests.support.callers import a_build, a_caller, an_admin
from tests.support.clock import FakeClock
from vmctld.domain.instance import Nic
from vmctld.domain.network import Network, PortWiring, Subnet, SubnetRequest
from vmctld.domain.router import Router
from vmctld.network.router_service import RouterRooms
from vmctld.network.service import NetworkService
from vmctld.storage.database import Database

GATEWAY = "203.0.113.1"
PORT = "33333333-3333-4333-8333-333333333333"
SERVER = "44444444-4444-4444-8444-444444444444"


class Routed:
    """All of it; ``changes`` counts how often hosts were told to look."""

    def __init__(self, database: Database) -> None:
        self.changes = 0
        self.service = NetworkService(database, FakeClock(), port_kind="bridge")
        self.rooms = RouterRooms(database, FakeClock(), self._count)
        self.public = self.service.networks.create_network(
            an_admin(), "public", external=True, physical="br-ex"
        )
        self.add_subnet(self.public, "203.0.113.0/24", gateway=GATEWAY)
        self.blue = self.service.networks.create_network(a_caller(), "blue")
        self.subnet = self.add_subnet(self.blue, "10.1.0.0/24")

    def add_subnet(self, network: Network, cidr: str, *, gateway: str | None = None) -> Subnet:
        """Give a network another subnet; a gateway of "" is none."""
        request = SubnetRequest(network=network.id, cidr=cidr, name=cidr, gateway=gateway)
        owner = an_admin() if network.external else a_caller()
        return self.service.subnets.create_subnet(owner, request)

    def router(self, name: str = "edge") -> Router:
        """Return a router between the project's subnet and the outside."""
        made = self.rooms.routers.create_router(a_caller(), name, external_network="public")
        return self.rooms.routers.add_subnet(a_caller(), made.id, self.subnet.id)

    def guest(
        self, port_id: str = PORT, server: str = SERVER, host: str = "a", network: str = ""
    ) -> PortWiring:
        """Return the card of a server on the project's network."""
        nic = Nic(port_id, network or self.blue.id)
        (wiring,) = self.service.builds.ensure_ports(a_build(server), server, host, [nic])
        return wiring

    def _count(self) -> None:
        self.changes += 1
