"""Routers and floating IPs, as ``-f json`` prints them."""

from __future__ import annotations

from dataclasses import dataclass

from vmctl.v1 import router_pb2 as pb
from vmctl_cli.client.values import or_none, time_of


@dataclass(frozen=True, slots=True)
class RouterPort:
    """One leg of a router."""

    port_id: str
    network_id: str
    subnet_id: str
    address: str


@dataclass(frozen=True, slots=True)
class Router:
    """What joins networks with each other and with an external one."""

    id: str
    name: str
    project_id: str
    enable_snat: bool
    gateway: RouterPort | None
    interfaces: tuple[RouterPort, ...]
    created_at: str | None


@dataclass(frozen=True, slots=True)
class FloatingIp:
    """An address of an external network, and where it leads."""

    id: str
    address: str
    fixed_address: str | None
    port_id: str | None
    router_id: str | None
    network_id: str
    project_id: str
    status: str
    created_at: str | None


def router_from(message: pb.Router) -> Router:
    """Return the router that ``message`` describes."""
    return Router(
        id=message.id,
        name=message.name,
        project_id=message.project_id,
        enable_snat=message.enable_snat,
        gateway=_port_from(message.gateway) if message.HasField("gateway") else None,
        interfaces=tuple(map(_port_from, message.interfaces)),
        created_at=time_of(message, "created_at"),
    )


def floating_ip_from(message: pb.FloatingIp) -> FloatingIp:
    """Return the floating IP that ``message`` describes."""
    return FloatingIp(
        id=message.id,
        address=message.address,
        fixed_address=or_none(message.fixed_address),
        port_id=or_none(message.port_id),
        router_id=or_none(message.router_id),
        network_id=message.network_id,
        project_id=message.project_id,
        status=message.status,
        created_at=time_of(message, "created_at"),
    )


def _port_from(message: pb.RouterPort) -> RouterPort:
    return RouterPort(message.port_id, message.network_id, message.subnet_id, message.address)
