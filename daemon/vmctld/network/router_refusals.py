"""Errors about routers and floating IPs, in neutron's words where it has some."""

from __future__ import annotations

from collections.abc import Sequence

from vmctld.domain.network import Port, Subnet
from vmctld.domain.router import FloatingIp, Router
from vmctld.errors import Conflict, Fact, InvalidRequest, WrongState

NAMED_USERS = 5


def router_in_use(router: Router) -> WrongState:
    """Return the error that names what keeps a router from being deleted."""
    legs = router.interfaces[:NAMED_USERS]
    named: list[Fact] = [leg.subnet_id for leg in legs]
    return WrongState(
        f"Router {router.id} still has ports: on the subnets "
        + ", ".join(leg.subnet_id for leg in legs),
        code="router-in-use",
        hint="vmctl router-remove-subnet ROUTER SUBNET for each of them",
        facts={"router_id": router.id, "count": len(router.interfaces), "subnets": named},
    )


def used_by_floating_ips(router: Router, part: str, addresses: Sequence[str]) -> WrongState:
    """Return the error that names the floating IPs that need a router's gateway or interface."""
    named: list[Fact] = list(addresses[:NAMED_USERS])
    return WrongState(
        f"the {part} of router {router.id} is required by floating IPs: "
        + ", ".join(addresses[:NAMED_USERS]),
        code=f"router-{part}-in-use",
        hint="vmctl floating-ip-disassociate SERVER ADDRESS, for each of them",
        facts={"router_id": router.id, "count": len(addresses), "floating_ips": named},
    )


def overlapping(subnet: Subnet, other: Subnet) -> InvalidRequest:
    """Return the error for two subnets that one router cannot tell apart."""
    return InvalidRequest(
        f"Cidr {subnet.cidr} of subnet {subnet.id} overlaps with cidr {other.cidr}"
        f" of subnet {other.id}",
        code="subnets-overlap",
        hint="a router joins subnets whose addresses differ",
        facts={"cidr": subnet.cidr, "other_cidr": other.cidr, "other_subnet_id": other.id},
    )


def routed_already(subnet: Subnet, router: Router) -> Conflict:
    """Return the error for a subnet whose gateway another router is."""
    return Conflict(
        f"router {router.id} is the gateway of subnet {subnet.id} already",
        code="subnet-has-router",
        hint="vmctl router-remove-subnet takes it off that one first",
        facts={"subnet_id": subnet.id, "router_id": router.id},
    )


def not_reachable(port: Port, network_id: str) -> WrongState:
    """Return the error for a port that no router joins with the floating IP's network."""
    subnet_id = port.fixed_ips[0].subnet_id if port.fixed_ips else ""
    return WrongState(
        f"External network {network_id} is not reachable from subnet {subnet_id}.  Therefore,"
        f" cannot associate Port {port.id} with a Floating IP.",
        code="external-network-not-reachable",
        hint="vmctl router-add-subnet ROUTER SUBNET, with a router whose gateway is there",
        facts={"port_id": port.id, "subnet_id": subnet_id, "network_id": network_id},
    )


def leads_elsewhere(floating: FloatingIp) -> Conflict:
    """Return the error for a floating IP that leads to another port already."""
    return Conflict(
        f"the floating IP {floating.address} leads to the port {floating.port_id} already",
        code="floating-ip-in-use",
        hint="vmctl floating-ip-disassociate SERVER ADDRESS first",
        facts={"floating_ip": floating.address, "port_id": floating.port_id},
    )


def port_has_one(port: Port, address: str) -> Conflict:
    """Return the error for a port that another floating IP leads to."""
    return Conflict(
        f"the floating IP {address} leads to the port {port.id} already",
        code="port-has-floating-ip",
        hint="a port has one; take another port of the server, or disassociate that one",
        facts={"port_id": port.id, "floating_ip": address},
    )
