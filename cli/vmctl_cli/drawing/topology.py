"""What ``network-topology`` draws, put together from what the daemon lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vmctl_cli.client import Client
from vmctl_cli.client.network_records import Port
from vmctl_cli.client.router_records import FloatingIp, Router
from vmctl_cli.client.server_filter import ServerFilter

SERVER, ROUTER, OTHER = "server", "router", "port"


@dataclass(frozen=True, slots=True)
class Attached:
    """One card on a network: whose it is, and its addresses."""

    kind: str  # server, router or port
    name: str
    addresses: tuple[str, ...]
    floating_ips: tuple[str, ...]
    is_gateway: bool  # of a router, on an external network


@dataclass(frozen=True, slots=True)
class DrawnNetwork:
    """One network with all that is on it."""

    id: str
    name: str
    external: bool
    subnets: tuple[str, ...]
    attached: tuple[Attached, ...]


@dataclass(frozen=True, slots=True)
class Topology:
    """All networks, the external ones first."""

    networks: tuple[DrawnNetwork, ...]


def read_topology(client: Client) -> Topology:
    """Return what the caller's project sees of networks, and has on them."""
    ports, floating = [*client.networks.ports()], [*client.routers.floating_ips()]
    routers = [*client.routers.routers()]
    names = {server.id: server.name for server in client.servers.list(ServerFilter())}
    cidrs: dict[str, list[str]] = {}
    for subnet in client.networks.subnets():
        cidrs.setdefault(subnet.network_id, []).append(subnet.cidr)
    networks = sorted(client.networks.networks(), key=lambda one: (not one.external, one.name))
    return Topology(
        tuple(
            DrawnNetwork(
                id=network.id,
                name=network.name,
                external=network.external,
                subnets=tuple(cidrs.get(network.id, ())),
                attached=(
                    *_legs_on(network.id, routers),
                    *_cards_on(network.id, ports, names, floating),
                ),
            )
            for network in networks
        )
    )


def _legs_on(network_id: str, routers: Sequence[Router]) -> list[Attached]:
    found = []
    for router in routers:
        legs = [leg.address for leg in router.interfaces if leg.network_id == network_id]
        if legs:
            found.append(Attached(ROUTER, router.name, tuple(legs), (), False))
        if router.gateway and router.gateway.network_id == network_id:
            found.append(Attached(ROUTER, router.name, (router.gateway.address,), (), True))
    return found


def _cards_on(
    network_id: str,
    ports: Sequence[Port],
    names: Mapping[str, str],
    floating: Sequence[FloatingIp],
) -> list[Attached]:
    found = []
    for port in ports:
        owner = port.device_owner or ""
        if port.network_id != network_id or owner.startswith("network:"):
            continue
        is_server = port.device_id in names
        name = names[port.device_id] if port.device_id and is_server else port.name or port.id
        leading = tuple(one.address for one in floating if one.port_id == port.id)
        addresses = tuple(ip.address for ip in port.fixed_ips)
        found.append(Attached(SERVER if is_server else OTHER, name, addresses, leading, False))
    return sorted(found, key=lambda one: (one.kind != SERVER, one.name, one.addresses))
