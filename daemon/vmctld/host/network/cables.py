"""The bridged cards of machines, as their driver plugs them in."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from vmctld.domain.machine import Machine
from vmctld.domain.network import BRIDGE, PortWiring
from vmctld.errors import InvalidRequest
from vmctld.host.network.bridges import Bridges
from vmctld.host.network.cards import Card
from vmctld.host.network.dhcp import ServedSubnet


class BridgeCables:
    """Takes a machine's wiring to this host's bridges; fills the drivers' protocol of cables."""

    def __init__(self, bridges: Bridges) -> None:
        self._bridges = bridges

    def plug(self, machine: Machine) -> None:
        """Have the network ready for the machine's cards."""
        for port in machine.ports:
            if port.kind == BRIDGE:
                self._bridges.plug(card_of(machine, port))

    def open(self, port: PortWiring) -> int:
        """Return the descriptor of a plugged card's cable.  Raises NotFound."""
        return self._bridges.open_cable(port.network_id, port.port_id)

    def connect(self, port: PortWiring, tcp_port: int, timeout_s: float) -> socket.socket:
        """Return a connection to a port of the card's guest, made inside of its network."""
        return self._bridges.connect(port.network_id, (port.address, tcp_port), timeout_s)

    def unplug(self, instance_id: str, port_ids: Iterable[str] | None = None) -> None:
        """Take the instance's cards out, all or some; absent is fine."""
        self._bridges.unplug(instance_id, port_ids)


def card_of(machine: Machine, port: PortWiring) -> Card:
    """Return the card of a machine's port.  Raises InvalidRequest when its wiring lacks rules."""
    if port.guard is None:
        raise InvalidRequest(f"nothing says what to enforce at the port {port.port_id}")
    return Card(
        instance_id=machine.instance_id,
        network_id=port.network_id,
        hostname=machine.hostname or f"host-{port.address.replace('.', '-')}",  # neutron's
        address=port.address,
        mtu_bytes=port.mtu_bytes,
        subnet=ServedSubnet(
            subnet_id=port.subnet_id,
            cidr=port.cidr,
            service_address=port.service_address,
            gateway=port.gateway,
            dns_servers=port.dns_servers,
        ),
        guard=port.guard,
        files=dict(machine.documents.files) if machine.documents else {},
    )
