"""The network service: its parts, wired."""

from __future__ import annotations

from vmctld.domain.clock import Clock
from vmctld.network.builds import BuildPorts
from vmctld.network.ipam import AddressPicker
from vmctld.network.networks import Networks
from vmctld.network.nics import NicResolver
from vmctld.network.port_maker import PortMaker
from vmctld.network.ports import Ports
from vmctld.network.subnets import Subnets
from vmctld.network.topology import Topology
from vmctld.storage.database import Database


class NetworkService:
    """Networks, subnets, ports and what a boot asks of them; the parts share their memory.

    ``port_kind`` says how hosts wire the ports made from now on: "user" or "bridge".
    """

    def __init__(self, database: Database, clock: Clock, *, port_kind: str = "user") -> None:
        topology = Topology(database)
        picker = AddressPicker()
        maker = PortMaker(picker)
        self.networks = Networks(database, clock, topology, picker)
        self.subnets = Subnets(database, clock, topology, picker)
        self.ports = Ports(database, clock, maker, port_kind)
        self.nics = NicResolver(database, topology, picker)
        self.builds = BuildPorts(database, clock, topology, maker, port_kind)
