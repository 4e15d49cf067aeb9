"""The network service: its parts, wired."""

from __future__ import annotations

from collections.abc import Mapping

from vmctld.domain.clock import Clock
from vmctld.domain.network import BRIDGE
from vmctld.domain.quota import DEFAULT_LIMITS
from vmctld.network.builds import BuildPorts
from vmctld.network.guards import HostGuards
from vmctld.network.ipam import AddressPicker
from vmctld.network.networks import Networks
from vmctld.network.nics import NicResolver
from vmctld.network.port_maker import PortMaker
from vmctld.network.port_security import PortSecurities
from vmctld.network.ports import Ports
from vmctld.network.security_groups import Limits, SecurityGroups, TellHosts
from vmctld.network.subnets import Subnets
from vmctld.network.topology import Topology
from vmctld.storage.database import Database, Tx


class _Defaults:
    """Everybody may have what neutron lets them."""

    def limits_of(self, _tx: Tx, _project_id: str) -> Mapping[str, int]:
        """Return the limits that nobody has changed."""
        return DEFAULT_LIMITS


DEFAULTS = _Defaults()


class NetworkService:
    """Networks, subnets, ports and what a boot asks of them; the parts share their memory.

    ``port_kind`` says how hosts wire the ports made from now on: "user" or "bridge".
    ``tell`` has hosts look again at what they are to enforce.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        limits: Limits = DEFAULTS,
        *,
        port_kind: str = "user",
        tell: TellHosts = lambda _hosts: None,
    ) -> None:
        topology = Topology(database)
        picker = AddressPicker()
        maker = PortMaker(picker)
        self.networks = Networks(database, clock, topology, picker)
        self.subnets = Subnets(database, clock, topology, picker)
        self.ports = Ports(database, clock, maker, port_kind, tell)
        self.nics = NicResolver(database, clock, topology, picker)
        self.builds = BuildPorts(database, clock, topology, maker, port_kind, tell)
        self.filters = port_kind == BRIDGE  # False: what groups say is kept and not enforced
        self.security_groups = SecurityGroups(database, clock, limits, tell)
        self.port_security = PortSecurities(database, clock, tell)
        self.guards = HostGuards(database)
