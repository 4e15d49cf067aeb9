"""Errors that several parts of the network service raise."""

from __future__ import annotations

from collections.abc import Sequence

from vmctld.domain.counting import counted
from vmctld.domain.names import Named, shown
from vmctld.domain.network import Network, Port
from vmctld.domain.security_group import SecurityGroup
from vmctld.errors import Conflict, Fact, WrongState
from vmctld.storage.repositories.port_security import Secured

NAMED_USERS = 5


def in_use(what: str, thing: Named, port_ids: Sequence[str]) -> WrongState:
    """Return the error that says which ports keep ``thing`` from being deleted."""
    count = len(port_ids)
    named: list[Fact] = list(port_ids[:NAMED_USERS])
    few = ", ".join(port_ids[:NAMED_USERS]) + (", ..." if count > NAMED_USERS else "")
    return WrongState(
        f"the {what} {shown(thing.name or thing.id)} is in use by {counted(count, 'port')}: {few}",
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
    is_servers = not port.device_owner.startswith("network:")
    user = "the server" if is_servers else port.device_owner
    return WrongState(
        f"the port {port.name or port.id} is in use by {user} {port.device_id}",
        code="port-in-use",
        hint=f"take another port, or delete {'the server' if is_servers else 'its user'} first",
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


def default_group(group: SecurityGroup, problem: str) -> WrongState:
    """Return the error that says what cannot be done to a default group."""
    return WrongState(
        f"a project's default security group {problem}",
        code="default-security-group",
        hint="its rules can be deleted, and servers can be in other groups instead",
        facts={"id": group.id},
    )


def group_in_use(group: SecurityGroup, users: Sequence[Secured]) -> WrongState:
    """Return the error that says which servers and ports keep a group from being deleted."""
    servers = list(dict.fromkeys(port.device_id for port in users if port.device_id))
    named = [f"the server {server}" for server in servers]
    named += [f"the port {port.port_id}" for port in users if not port.device_id]
    few = ", ".join(named[:NAMED_USERS]) + (", ..." if len(named) > NAMED_USERS else "")
    listed: list[Fact] = [port.port_id for port in users[:NAMED_USERS]]
    others: list[Fact] = [*servers[:NAMED_USERS]]
    return WrongState(
        f"the security group {shown(group.name)} is in use by {few}",
        code="security-group-in-use",
        hint="take them out of it first: vmctl remove-secgroup SERVER GROUP, vmctl port-update",
        facts={"id": group.id, "count": len(users), "ports": listed, "servers": others},
    )
