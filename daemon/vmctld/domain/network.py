"""Networks, subnets, ports: what a guest is wired to and with which addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vmctld.domain.firewall import AddressPair, PortGuard

COMPUTE = "compute:nova"  # neutron's words for what a port belongs to
DHCP = "network:dhcp"
BRIDGE = "bridge"  # a kind of port: wired by the host; the others are played by QEMU


class PortStatus(StrEnum):
    """Neutron's port states."""

    DOWN = "DOWN"
    BUILD = "BUILD"
    ACTIVE = "ACTIVE"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Network:
    """A layer 2 segment of a project; ``shared`` ones serve everybody."""

    id: str
    name: str
    project_id: str
    shared: bool
    mtu_bytes: int
    subnet_ids: tuple[str, ...]
    created_at: datetime
    external: bool = False  # it leads outside: routers have gateways there, servers have none
    physical: str | None = None  # the bridge on the hosts that an external one's wire ends in

    def is_visible_to(self, project_id: str) -> bool:
        """True when ``project_id`` may use it: its own, or everybody's."""
        return self.shared or self.project_id == project_id


@dataclass(frozen=True, slots=True)
class AllocationPool:
    """The addresses a subnet gives out, both ends included."""

    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Subnet:
    """An address range of a network."""

    id: str
    name: str
    network_id: str
    project_id: str
    cidr: str
    gateway: str | None
    dns_servers: tuple[str, ...]
    pools: tuple[AllocationPool, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SubnetRequest:
    """A subnet to be.  ``gateway`` None: the first address; "": none.  No pools: all there is."""

    network: str  # name or id
    cidr: str
    name: str = ""
    gateway: str | None = None
    dns_servers: tuple[str, ...] = ()
    pools: tuple[AllocationPool, ...] = ()


@dataclass(frozen=True, slots=True)
class FixedIp:
    """One address of a port."""

    subnet_id: str
    address: str


@dataclass(frozen=True, slots=True)
class PortSecurity:
    """What is enforced at a port.  Groups None: its project's default one; empty: none at all."""

    group_ids: tuple[str, ...] | None = None
    enabled: bool = True  # False: nothing is enforced, its owner chose so
    pairs: tuple[AddressPair, ...] = ()


OF_DEFAULT_GROUP = PortSecurity()


@dataclass(frozen=True, slots=True)
class Port:
    """A network card's place on a network.  ``device_id`` is the instance that it belongs to."""

    id: str
    name: str
    network_id: str
    project_id: str
    mac: str
    fixed_ips: tuple[FixedIp, ...]
    device_id: str | None
    host: str | None
    kind: str  # how the host wires it: "user" or "bridge"; kept for the port's life
    status: PortStatus
    created_at: datetime
    device_owner: str = ""  # what it belongs to; "": nothing yet
    security: PortSecurity = OF_DEFAULT_GROUP


@dataclass(frozen=True, slots=True)
class NicRequest:
    """One network card as a user asks for it: on a network, or a port that is there already."""

    network: str | None = None  # name or id
    port_id: str | None = None
    fixed_ip: str | None = None


@dataclass(frozen=True, slots=True)
class ResolvedNic:
    """One network card of an accepted boot.  ``port_id`` is set for a port that was there."""

    network_id: str
    port_id: str | None
    fixed_ip: str | None
    security_group_ids: tuple[str, ...] = ()  # of a port to be made; none: the default group


@dataclass(frozen=True, slots=True)
class PortWiring:
    """All that a host needs to wire one port and to describe it to the guest (step 24)."""

    port_id: str
    network_id: str
    network_name: str
    kind: str
    mac: str
    mtu_bytes: int
    address: str
    prefix_length: int
    cidr: str
    gateway: str | None
    dns_servers: tuple[str, ...]
    subnet_id: str = ""
    service_address: str = ""  # the hosts' own on the subnet: DHCP, names; "" in user mode
    guard: PortGuard | None = None  # what is enforced there; None in user mode
