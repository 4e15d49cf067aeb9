"""Routers and floating IPs: their parts, wired."""

from __future__ import annotations

from collections.abc import Callable

from vmctld.domain.clock import Clock
from vmctld.network.floating_ips import FloatingIps
from vmctld.network.host_routers import HostRouters
from vmctld.network.ipam import AddressPicker
from vmctld.network.port_maker import PortMaker
from vmctld.network.router_ports import RouterPorts
from vmctld.network.routers import Routers
from vmctld.storage.database import Database


class RouterRooms:
    """What the router service is made of.  ``changed`` has hosts look at their routers again."""

    def __init__(
        self, database: Database, clock: Clock, changed: Callable[[], None] = lambda: None
    ) -> None:
        router_ports = RouterPorts(clock, PortMaker(AddressPicker()))
        self.routers = Routers(database, clock, router_ports, changed)
        self.floating_ips = FloatingIps(database, clock, router_ports, changed)
        self.hosts = HostRouters(database)
