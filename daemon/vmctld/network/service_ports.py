"""The hosts' own address on a subnet: where guests ask for addresses and names.

One for all hosts of a network, taken like any other address and shown as a port: what the
database says is what is on the wire.
"""

from __future__ import annotations

import uuid

from vmctld.domain.clock import Clock
from vmctld.domain.network import BRIDGE, DHCP, Network, Port, PortStatus, Subnet
from vmctld.network.port_maker import PortMaker
from vmctld.network.topology import NetworkPlan
from vmctld.storage.database import Tx
from vmctld.storage.repositories import ports


class ServicePorts:
    """Makes them when a subnet's first guest comes; they go with the subnet."""

    def __init__(self, clock: Clock, maker: PortMaker) -> None:
        self._clock = clock
        self._maker = maker

    def address_on(self, tx: Tx, network: Network, subnet: Subnet) -> str:
        """Return the hosts' address on the subnet.  Raises Exhausted (``no-free-address``)."""
        address = ports.service_address_on(tx, subnet.id)
        if address is not None:
            return address
        made = self._maker.make(
            tx,
            self._port(network, subnet),
            NetworkPlan(network, (subnet,)),
            None,
            made_for_device=False,
        )
        if made is not None:
            return made.fixed_ips[0].address
        address = ports.service_address_on(tx, subnet.id)  # somebody else was faster
        assert address is not None
        return address

    def _port(self, network: Network, subnet: Subnet) -> Port:
        return Port(
            id=str(uuid.uuid5(uuid.UUID(subnet.id), DHCP)),  # one of them, whoever makes it
            name="",
            network_id=network.id,
            project_id=network.project_id,
            mac="",
            fixed_ips=(),
            device_id=None,
            host=None,
            kind=BRIDGE,
            status=PortStatus.ACTIVE,
            created_at=self._clock(),
            device_owner=DHCP,
        )
