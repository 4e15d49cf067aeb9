"""How networks, subnets and ports look in tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vmctl_cli.output import Column
from vmctl_cli.output.columns import time_column

if TYPE_CHECKING:
    from vmctl_cli.client.network_records import Network, Port, Subnet


def _subnets(network: Network) -> str:
    return ", ".join(network.subnet_ids)


def _dns(subnet: Subnet) -> str | None:
    return ", ".join(subnet.dns_servers) or None


def _pools(subnet: Subnet) -> str:
    return ", ".join(f"{pool.first}-{pool.last}" for pool in subnet.pools)


def _addresses(port: Port) -> str:
    return ", ".join(ip.address for ip in port.fixed_ips)


def _groups(port: Port) -> str:
    return ", ".join(port.security_group_ids)


def _pairs(port: Port) -> str | None:
    texts = (f"{pair.ip_address} {pair.mac_address or ''}".strip() for pair in port.address_pairs)
    return ", ".join(texts) or None


NETWORK_COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Subnets", "subnet_ids", _subnets),
    Column("Shared", "shared"),
    Column("External", "external"),
)
NETWORK_ROWS = (
    time_column("created_at", "created_at"),
    Column("id", "id"),
    Column("mtu", "mtu_bytes"),
    Column("name", "name"),
    Column("physical_network", "physical"),
    Column("router:external", "external"),
    Column("shared", "shared"),
    Column("subnets", "subnet_ids", _subnets),
    Column("tenant_id", "project_id"),
)
SUBNET_COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Network", "network_id"),
    Column("CIDR", "cidr"),
    Column("Gateway", "gateway"),
    Column("Allocation Pools", "pools", _pools),
)
SUBNET_ROWS = (
    Column("allocation_pools", "pools", _pools),
    Column("cidr", "cidr"),
    time_column("created_at", "created_at"),
    Column("dns_nameservers", "dns_servers", _dns),
    Column("gateway_ip", "gateway"),
    Column("id", "id"),
    Column("name", "name"),
    Column("network_id", "network_id"),
    Column("tenant_id", "project_id"),
)
PORT_COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("MAC Address", "mac"),
    Column("Fixed IPs", "fixed_ips", _addresses),
    Column("Status", "status"),
    Column("Server", "device_id"),
)
PORT_ROWS = (
    Column("allowed_address_pairs", "address_pairs", _pairs),
    time_column("created_at", "created_at"),
    Column("device_id", "device_id"),
    Column("fixed_ips", "fixed_ips", _addresses),
    Column("host", "host"),
    Column("id", "id"),
    Column("kind", "kind"),
    Column("mac_address", "mac"),
    Column("name", "name"),
    Column("network_id", "network_id"),
    Column("port_security_enabled", "port_security"),
    Column("security_groups", "security_group_ids", _groups),
    Column("status", "status"),
    Column("tenant_id", "project_id"),
)
