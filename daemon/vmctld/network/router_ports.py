"""The ports that routers and floating IPs hold: addresses taken like any other, shown as ports."""

from __future__ import annotations

import uuid

from vmctld.domain.clock import Clock
from vmctld.domain.network import BRIDGE, Network, Port, PortSecurity, PortStatus, Subnet
from vmctld.domain.router import ROUTER_INTERFACE
from vmctld.errors import InvalidRequest, WrongState
from vmctld.network.port_maker import PortMaker
from vmctld.network.refusals import address_in_use
from vmctld.network.topology import NetworkPlan
from vmctld.storage.database import Tx
from vmctld.storage.repositories import ports, subnets

NOT_ROUTED = "a subnet without a gateway address cannot be routed"


class RouterPorts:
    """Makes them inside somebody's transaction."""

    def __init__(self, clock: Clock, maker: PortMaker) -> None:
        self._clock = clock
        self._maker = maker

    def take_any(
        self, tx: Tx, network: Network, owner: str, device_id: str, wanted: str = ""
    ) -> Port:
        """Return a port on an external network, with the address wanted or any.

        Raises WrongState (``network-without-subnet``), InvalidRequest, Conflict
        (``address-in-use``), Exhausted (``no-free-address``).
        """
        if not network.external:
            raise InvalidRequest(
                f"Network {network.id} is not a valid external network",  # neutron's words
                code="network-not-external",
                hint="vmctl network-list shows which are external",
                facts={"network_id": network.id},
            )
        plan = NetworkPlan(network, tuple(subnets.subnets_of(tx, [network.id])))
        port = self._port(network, owner, device_id)
        made = self._maker.make(tx, port, plan, wanted or None, made_for_device=True)
        assert made is not None  # its id was drawn just now
        return made

    def take_gateway(self, tx: Tx, network: Network, subnet: Subnet, device_id: str) -> Port:
        """Return a router's port on a subnet, with the address that the subnet's guests go to.

        Raises WrongState (``subnet-without-gateway``), Conflict (``address-in-use``).
        """
        if subnet.gateway is None:
            raise WrongState(
                f"Subnet for router interface must have a gateway IP: {NOT_ROUTED}",  # neutron's
                code="subnet-without-gateway",
                hint="make the subnet anew, with a gateway",
                facts={"subnet_id": subnet.id},
            )
        port = self._maker.insert(
            tx, self._port(network, ROUTER_INTERFACE, device_id), made_for_device=True
        )
        assert port is not None
        if not ports.take_address(tx, network.id, subnet.id, port.id, subnet.gateway):
            raise address_in_use(subnet.gateway, network.id)
        return port

    def _port(self, network: Network, owner: str, device_id: str) -> Port:
        return Port(
            id=str(uuid.uuid4()),
            name="",
            network_id=network.id,
            project_id=network.project_id,
            mac="",
            fixed_ips=(),
            device_id=device_id,
            host=None,
            kind=BRIDGE,
            status=PortStatus.ACTIVE,
            created_at=self._clock(),
            device_owner=owner,
            security=PortSecurity(enabled=False, group_ids=()),
        )
