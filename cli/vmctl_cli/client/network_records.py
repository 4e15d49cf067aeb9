"""Networks, subnets and ports, as ``-f json`` prints them."""

from __future__ import annotations

from dataclasses import dataclass

from vmctl.v1 import network_pb2 as pb
from vmctl_cli.client.values import or_none, time_of


@dataclass(frozen=True, slots=True)
class Network:
    """One network."""

    id: str
    name: str
    project_id: str
    shared: bool
    mtu_bytes: int
    subnet_ids: tuple[str, ...]
    created_at: str | None
    external: bool
    physical: str | None


@dataclass(frozen=True, slots=True)
class Pool:
    """Addresses that are given out, both ends included."""

    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Subnet:
    """One range of addresses of a network."""

    id: str
    name: str | None
    network_id: str
    project_id: str
    cidr: str
    gateway: str | None
    dns_servers: tuple[str, ...]
    pools: tuple[Pool, ...]
    created_at: str | None


@dataclass(frozen=True, slots=True)
class FixedIp:
    """One address of a port."""

    subnet_id: str
    address: str


@dataclass(frozen=True, slots=True)
class AddressPair:
    """A source that a port may use besides its own; no MAC: with its own."""

    ip_address: str
    mac_address: str | None


@dataclass(frozen=True, slots=True)
class Port:
    """One place on a network, with its MAC and addresses."""

    id: str
    name: str | None
    network_id: str
    project_id: str
    mac: str
    fixed_ips: tuple[FixedIp, ...]
    device_id: str | None
    device_owner: str | None
    host: str | None
    kind: str | None
    status: str
    created_at: str | None
    security_group_ids: tuple[str, ...]
    port_security: bool
    address_pairs: tuple[AddressPair, ...]


def network_from(message: pb.Network) -> Network:
    """Return the network that ``message`` describes."""
    return Network(
        id=message.id,
        name=message.name,
        project_id=message.project_id,
        shared=message.shared,
        mtu_bytes=message.mtu_bytes,
        subnet_ids=tuple(message.subnet_ids),
        created_at=time_of(message, "created_at"),
        external=message.external,
        physical=or_none(message.physical),
    )


def subnet_from(message: pb.Subnet) -> Subnet:
    """Return the subnet that ``message`` describes."""
    return Subnet(
        id=message.id,
        name=or_none(message.name),
        network_id=message.network_id,
        project_id=message.project_id,
        cidr=message.cidr,
        gateway=or_none(message.gateway),
        dns_servers=tuple(message.dns_servers),
        pools=tuple(Pool(pool.first, pool.last) for pool in message.pools),
        created_at=time_of(message, "created_at"),
    )


def port_from(message: pb.Port) -> Port:
    """Return the port that ``message`` describes."""
    return Port(
        id=message.id,
        name=or_none(message.name),
        network_id=message.network_id,
        project_id=message.project_id,
        mac=message.mac,
        fixed_ips=tuple(FixedIp(ip.subnet_id, ip.address) for ip in message.fixed_ips),
        device_id=or_none(message.device_id),
        device_owner=or_none(message.device_owner),
        host=or_none(message.host),
        kind=or_none(message.kind),
        status=message.status,
        created_at=time_of(message, "created_at"),
        security_group_ids=tuple(message.security_group_ids),
        port_security=message.port_security,
        address_pairs=tuple(
            AddressPair(pair.cidr, or_none(pair.mac)) for pair in message.address_pairs
        ),
    )
