"""Routers and floating IPs: how networks reach each other and the outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

ROUTER_INTERFACE = "network:router_interface"  # neutron's words for what a port belongs to
ROUTER_GATEWAY = "network:router_gateway"
FLOATING_IP = "network:floatingip"


@dataclass(frozen=True, slots=True)
class RouterPort:
    """One leg of a router: a port with one address on one subnet."""

    port_id: str
    network_id: str
    subnet_id: str
    address: str


@dataclass(frozen=True, slots=True)
class Router:
    """What joins networks of one project with each other and with an external one."""

    id: str
    name: str
    project_id: str
    enable_snat: bool
    gateway: RouterPort | None
    interfaces: tuple[RouterPort, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class FloatingIp:
    """An address of an external network that leads to a port, or waits for one.

    ``router_id`` is the router that it goes through now, None while it leads nowhere.
    """

    id: str
    project_id: str
    network_id: str
    address: str
    port_id: str | None
    fixed_address: str | None
    router_id: str | None
    created_at: datetime

    @property
    def name(self) -> str:
        """What users call it."""
        return self.address

    @property
    def status(self) -> str:
        """Neutron's word for whether it leads somewhere."""
        return "ACTIVE" if self.port_id else "DOWN"


@dataclass(frozen=True, slots=True)
class Leg:
    """A router's card on a network of this host."""

    port_id: str
    network_id: str
    mac: str
    address: str
    cidr: str
    mtu_bytes: int


@dataclass(frozen=True, slots=True)
class Uplink:
    """A router's card on an external network, whose wire is the host's bridge ``physical``.

    ``address`` is empty where another host has the router's own external address.
    """

    port_id: str
    mac: str
    physical: str
    address: str
    cidr: str
    next_hop: str | None
    mtu_bytes: int
    snat: bool


@dataclass(frozen=True, slots=True)
class Forward:
    """One floating address and the guest's address that it stands for."""

    address: str
    fixed_address: str


@dataclass(frozen=True, slots=True)
class RouterPlan:
    """All that a host needs to make its part of one router."""

    router_id: str
    legs: tuple[Leg, ...]
    uplink: Uplink | None
    forwards: tuple[Forward, ...]
