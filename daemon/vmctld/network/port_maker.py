"""Makes one port with its address, inside somebody's transaction."""

from __future__ import annotations

from dataclasses import replace

from vmctld.domain.network import FixedIp, Port, Subnet
from vmctld.errors import Exhausted
from vmctld.network.addresses import parse_address, subnet_of_address
from vmctld.network.ipam import AddressPicker
from vmctld.network.macs import random_mac
from vmctld.network.refusals import address_in_use, without_subnet
from vmctld.network.topology import NetworkPlan
from vmctld.storage.database import Tx
from vmctld.storage.repositories import ports

MAC_TRIES = 16  # with a million ports, one draw of sixteen is taken


class PortMaker:
    """Takes a MAC and an address for a port, both by insert."""

    def __init__(self, picker: AddressPicker) -> None:
        self._picker = picker

    def make(
        self,
        tx: Tx,
        port: Port,
        plan: NetworkPlan,
        fixed_ip: str | None,
        *,
        made_for_device: bool,
    ) -> Port | None:
        """Return ``port`` with its address and, where it had none, a MAC.

        None when the port's id or the MAC it came with is taken already.
        Raises InvalidRequest, WrongState (``network-without-subnet``), Conflict
        (``address-in-use``), Exhausted (``no-free-address``).
        """
        if not plan.subnets:
            raise without_subnet(plan.network)
        inserted = self.insert(tx, port, made_for_device=made_for_device)
        if inserted is None:
            return None
        subnet, address = self._take_address(tx, plan, port.id, fixed_ip)
        return replace(inserted, fixed_ips=(FixedIp(subnet.id, address),))

    def insert(self, tx: Tx, port: Port, *, made_for_device: bool) -> Port | None:
        """Return ``port`` without addresses; where it had no MAC, with one.

        None when the port's id or the MAC it came with is taken already.
        """
        if port.mac:
            return port if ports.insert_port(tx, port, made_for_device=made_for_device) else None
        for _ in range(MAC_TRIES):
            candidate = replace(port, mac=random_mac())
            if ports.insert_port(tx, candidate, made_for_device=made_for_device):
                return candidate
            if ports.get_port(tx, port.id) is not None:
                return None
        raise Exhausted(
            f"{MAC_TRIES} random MAC addresses in a row were in use",
            code="no-free-mac",
            hint="delete ports that are not needed",
        )

    def _take_address(
        self, tx: Tx, plan: NetworkPlan, port_id: str, fixed_ip: str | None
    ) -> tuple[Subnet, str]:
        if fixed_ip is None:
            return self._picker.take_any(tx, plan.subnets, port_id)
        wanted = parse_address(fixed_ip, "fixed-ip")
        subnet = subnet_of_address(wanted, plan.subnets)
        if not ports.take_address(tx, plan.network.id, subnet.id, port_id, str(wanted)):
            raise address_in_use(str(wanted), plan.network.id)
        return subnet, str(wanted)
