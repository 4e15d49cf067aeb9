"""Networks, subnets and ports on the wire."""

from __future__ import annotations

from vmctl.v1 import compute_pb2
from vmctl.v1 import network_pb2 as pb
from vmctld.domain.firewall import AddressPair
from vmctld.domain.instance import Nic
from vmctld.domain.network import (
    AllocationPool,
    FixedIp,
    Network,
    NicRequest,
    Port,
    PortSecurity,
    PortStatus,
    PortWiring,
    ResolvedNic,
    Subnet,
    SubnetRequest,
)
from vmctld.domain.security_group import groups_at
from vmctld.wire.convert.common import time_from_proto, time_to_proto
from vmctld.wire.convert.firewall import guard_from_proto, guard_to_proto


def network_to_proto(network: Network) -> pb.Network:
    """Return ``network`` as a message."""
    return pb.Network(
        id=network.id,
        name=network.name,
        project_id=network.project_id,
        shared=network.shared,
        mtu_bytes=network.mtu_bytes,
        subnet_ids=network.subnet_ids,
        created_at=time_to_proto(network.created_at),
        external=network.external,
        physical=network.physical or "",
    )


def network_from_proto(message: pb.Network) -> Network:
    """Return the network that ``message`` describes."""
    return Network(
        id=message.id,
        name=message.name,
        project_id=message.project_id,
        shared=message.shared,
        mtu_bytes=message.mtu_bytes,
        subnet_ids=tuple(message.subnet_ids),
        created_at=time_from_proto(message.created_at),
        external=message.external,
        physical=message.physical or None,
    )


def pool_to_proto(pool: AllocationPool) -> pb.AllocationPool:
    """Return ``pool`` as a message."""
    return pb.AllocationPool(first=pool.first, last=pool.last)


def pool_from_proto(message: pb.AllocationPool) -> AllocationPool:
    """Return the pool that ``message`` describes."""
    return AllocationPool(message.first, message.last)


def subnet_to_proto(subnet: Subnet) -> pb.Subnet:
    """Return ``subnet`` as a message."""
    return pb.Subnet(
        id=subnet.id,
        name=subnet.name,
        network_id=subnet.network_id,
        project_id=subnet.project_id,
        cidr=subnet.cidr,
        gateway=subnet.gateway or "",
        dns_servers=subnet.dns_servers,
        pools=[pool_to_proto(pool) for pool in subnet.pools],
        created_at=time_to_proto(subnet.created_at),
    )


def subnet_from_proto(message: pb.Subnet) -> Subnet:
    """Return the subnet that ``message`` describes."""
    return Subnet(
        id=message.id,
        name=message.name,
        network_id=message.network_id,
        project_id=message.project_id,
        cidr=message.cidr,
        gateway=message.gateway or None,
        dns_servers=tuple(message.dns_servers),
        pools=tuple(pool_from_proto(pool) for pool in message.pools),
        created_at=time_from_proto(message.created_at),
    )


def subnet_request_to_proto(request: SubnetRequest) -> pb.CreateSubnetRequest:
    """Return ``request`` as a message."""
    return pb.CreateSubnetRequest(
        name=request.name,
        network=request.network,
        cidr=request.cidr,
        gateway=request.gateway,
        dns_servers=request.dns_servers,
        pools=[pool_to_proto(pool) for pool in request.pools],
    )


def subnet_request_from_proto(message: pb.CreateSubnetRequest) -> SubnetRequest:
    """Return the subnet that ``message`` asks for."""
    return SubnetRequest(
        name=message.name,
        network=message.network,
        cidr=message.cidr,
        gateway=message.gateway if message.HasField("gateway") else None,
        dns_servers=tuple(message.dns_servers),
        pools=tuple(pool_from_proto(pool) for pool in message.pools),
    )


def port_to_proto(port: Port) -> pb.Port:
    """Return ``port`` as a message."""
    return pb.Port(
        id=port.id,
        name=port.name,
        network_id=port.network_id,
        project_id=port.project_id,
        mac=port.mac,
        fixed_ips=[pb.FixedIp(subnet_id=f.subnet_id, address=f.address) for f in port.fixed_ips],
        device_id=port.device_id or "",
        host=port.host or "",
        kind=port.kind,
        status=port.status.value,
        created_at=time_to_proto(port.created_at),
        device_owner=port.device_owner,
        security_group_ids=groups_at(port.security, port.project_id),
        port_security=port.security.enabled,
        address_pairs=[pb.AddressPair(cidr=p.cidr, mac=p.mac) for p in port.security.pairs],
    )


def port_from_proto(message: pb.Port) -> Port:
    """Return the port that ``message`` describes."""
    return Port(
        id=message.id,
        name=message.name,
        network_id=message.network_id,
        project_id=message.project_id,
        mac=message.mac,
        fixed_ips=tuple(FixedIp(f.subnet_id, f.address) for f in message.fixed_ips),
        device_id=message.device_id or None,
        host=message.host or None,
        kind=message.kind,
        status=PortStatus(message.status),
        created_at=time_from_proto(message.created_at),
        device_owner=message.device_owner,
        security=PortSecurity(
            group_ids=tuple(message.security_group_ids),
            enabled=message.port_security,
            pairs=tuple(AddressPair(pair.cidr, pair.mac) for pair in message.address_pairs),
        ),
    )


def nic_request_to_proto(request: NicRequest) -> compute_pb2.NicRequest:
    """Return ``request`` as a message."""
    return compute_pb2.NicRequest(
        network=request.network or "",
        port_id=request.port_id or "",
        fixed_ip=request.fixed_ip or "",
    )


def nic_request_from_proto(message: compute_pb2.NicRequest) -> NicRequest:
    """Return the network card that ``message`` asks for."""
    return NicRequest(
        network=message.network or None,
        port_id=message.port_id or None,
        fixed_ip=message.fixed_ip or None,
    )


def resolved_nic_to_proto(nic: ResolvedNic) -> pb.ResolvedNic:
    """Return ``nic`` as a message."""
    return pb.ResolvedNic(
        network_id=nic.network_id,
        port_id=nic.port_id or "",
        fixed_ip=nic.fixed_ip or "",
        security_group_ids=nic.security_group_ids,
    )


def resolved_nic_from_proto(message: pb.ResolvedNic) -> ResolvedNic:
    """Return the network card that ``message`` describes."""
    return ResolvedNic(
        network_id=message.network_id,
        port_id=message.port_id or None,
        fixed_ip=message.fixed_ip or None,
        security_group_ids=tuple(message.security_group_ids),
    )


def nic_to_proto(nic: Nic) -> pb.PortRequest:
    """Return ``nic`` as a build asks for its port."""
    return pb.PortRequest(
        port_id=nic.port_id,
        network_id=nic.network_id,
        fixed_ip=nic.fixed_ip or "",
        existing=nic.existing,
        security_group_ids=nic.security_group_ids,
    )


def nic_from_proto(message: pb.PortRequest) -> Nic:
    """Return the network card whose port ``message`` asks for."""
    return Nic(
        port_id=message.port_id,
        network_id=message.network_id,
        fixed_ip=message.fixed_ip or None,
        existing=message.existing,
        security_group_ids=tuple(message.security_group_ids),
    )


def wiring_to_proto(wiring: PortWiring) -> pb.PortWiring:
    """Return ``wiring`` as a message."""
    return pb.PortWiring(
        port_id=wiring.port_id,
        network_id=wiring.network_id,
        network_name=wiring.network_name,
        kind=wiring.kind,
        mac=wiring.mac,
        mtu_bytes=wiring.mtu_bytes,
        address=wiring.address,
        prefix_length=wiring.prefix_length,
        cidr=wiring.cidr,
        gateway=wiring.gateway or "",
        dns_servers=wiring.dns_servers,
        subnet_id=wiring.subnet_id,
        service_address=wiring.service_address,
        guard=guard_to_proto(wiring.guard) if wiring.guard else None,
    )


def wiring_from_proto(message: pb.PortWiring) -> PortWiring:
    """Return the wiring that ``message`` describes."""
    return PortWiring(
        port_id=message.port_id,
        network_id=message.network_id,
        network_name=message.network_name,
        kind=message.kind,
        mac=message.mac,
        mtu_bytes=message.mtu_bytes,
        address=message.address,
        prefix_length=message.prefix_length,
        cidr=message.cidr,
        gateway=message.gateway or None,
        dns_servers=tuple(message.dns_servers),
        subnet_id=message.subnet_id,
        service_address=message.service_address,
        guard=guard_from_proto(message.guard) if message.HasField("guard") else None,
    )
