"""Errors that several parts of the network service raise."""

from __future__ import annotations

from collections.abc import Sequence

from vmctld.domain.names import Named, shown
from vmctld.domain.network import Network, Port
from vmctld.errors import Conflict, Fact, WrongState

NAMED_USERS = 5


def in_use(what: str, thing: Named, port_ids: Sequence[str]) -> WrongState:
    """Return the error that says which ports keep ``thing`` from being deleted."""
    count = len(port_ids)
    named: list[Fact] = list(port_ids[:NAMED_USERS])
    few = ", ".join(port_ids[:NAMED_USERS]) + (", ..." if count > NAMED_USERS else "")
    return WrongState(
        f"the {what} {shown(thing.name or thing.id)} is in use by {count} "
        f"port{'' if count == 1 else 's'}: {few}",
        code=f"{what}-in-use",
        hint="delete these ports, or the servers they belong to, first",
        facts={"id": thing.id, "count": count, "ports": named},
    )


def without_subnet(network: Network) -> WrongState:
    """Return the error that says that ``network`` has no addresses to give."""
    return WrongState(
        f"Network {network.id} requires a subnet in order to boot instances on.",  # nova's words
        code="network-without-subnet",
        hint=f"vmctl subnet-create {network.name} CIDR",
        facts={"network_id": network.id},
    )


def port_in_use(port: Port) -> WrongState:
    """Return the error that says which instance has a port."""
    return WrongState(
        f"the port {port.name or port.id} is in use by the server {port.device_id}",
        code="port-in-use",
        hint="take another port, or delete the server first",
        facts={"port_id": port.id, "device_id": port.device_id},
    )


def address_in_use(address: str, network_id: str) -> Conflict:
    """Return the error that says that another port has the address."""
    return Conflict(
        f"the address {address} is in use on this network",
        code="address-in-use",
        hint="ask for another one, or for none to be given any",
        facts={"address": address, "network_id": network_id},
    )
