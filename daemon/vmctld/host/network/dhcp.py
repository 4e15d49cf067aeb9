"""What dnsmasq is told for one network: pure functions that write its files.

Every value is a number, an address, a MAC or a label that was checked here: no user's text
becomes an option of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from vmctld.errors import InvalidRequest
from vmctld.host.network.names import BRIDGE

METADATA_ADDRESS = "169.254.169.254"
LEASE_S = 86_400  # neutron's
CACHED_NAMES = 400
MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
DOMAIN = re.compile(rf"{LABEL.pattern}(\.{LABEL.pattern})*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ServedSubnet:
    """A subnet with this host's own address on it; the routes are next hops by CIDR."""

    subnet_id: str
    cidr: str
    service_address: str
    gateway: str | None
    dns_servers: tuple[str, ...] = ()
    routes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Lease:
    """A guest's card: the one address that it is offered in one subnet."""

    mac: str
    address: str
    subnet_id: str
    hostname: str


def configuration(
    subnets: Sequence[ServedSubnet], mtu_bytes: int, domain: str, directory: str
) -> str:
    """Return dnsmasq's configuration for a network with these subnets."""
    lines = [
        "no-resolv",
        "no-hosts",
        "bind-interfaces",
        f"interface={BRIDGE}",
        "except-interface=lo",
        f"cache-size={CACHED_NAMES}",
        f"domain={_checked(DOMAIN, domain)}",
        f"local=/{domain}/",
        "expand-hosts",
        "bogus-priv",
        "domain-needed",
        "dhcp-authoritative",
        "dhcp-no-override",  # option 67 keeps its place: firmware expects it
        f"dhcp-hostsfile={directory}/hosts",
        f"dhcp-optsfile={directory}/options",
        f"addn-hosts={directory}/names",
        f"dhcp-leasefile={directory}/leases",
        f"dhcp-lease-max={sum(IPv4Network(subnet.cidr).num_addresses for subnet in subnets)}",
        f"dhcp-option-force=option:mtu,{int(mtu_bytes)}",
    ]
    for subnet in subnets:
        cidr = IPv4Network(subnet.cidr)
        tag = _tag(subnet.subnet_id)
        lines.append(
            f"dhcp-range=set:{tag},{cidr.network_address},static,{cidr.netmask},{LEASE_S}s"
        )
    return _text(lines)


def options(subnets: Sequence[ServedSubnet]) -> str:
    """Return the options file: routers, routes and name servers of each subnet."""
    return _text(line for subnet in subnets for line in _options_of(subnet))


def hosts(leases: Iterable[Lease]) -> str:
    """Return the hosts file: who is offered what."""
    return _text(
        f"{_checked(MAC, lease.mac)},set:{_tag(lease.subnet_id)},{IPv4Address(lease.address)},"
        f"{_checked(LABEL, lease.hostname)},{LEASE_S}s"
        for lease in leases
    )


def names(leases: Iterable[Lease], domain: str) -> str:
    """Return the names file: every guest's name, whether or not it has asked for its lease."""
    return _text(
        f"{IPv4Address(lease.address)} {_checked(LABEL, lease.hostname)}.{domain} {lease.hostname}"
        for lease in leases
    )


def _options_of(subnet: ServedSubnet) -> Iterator[str]:
    tag = f"tag:{_tag(subnet.subnet_id)}"
    service = IPv4Address(subnet.service_address)
    servers = [IPv4Address(server) for server in subnet.dns_servers] or [service]
    yield f"{tag},option:dns-server,{_list(servers)}"
    routes = [f"{METADATA_ADDRESS}/32,{service}"]
    routes += [f"{IPv4Network(cidr)},{IPv4Address(hop)}" for cidr, hop in subnet.routes]
    if subnet.gateway is None:
        yield f"{tag},option:router"  # none, in so many words: else dnsmasq offers itself
    else:
        gateway = IPv4Address(subnet.gateway)
        yield f"{tag},option:router,{gateway}"
        # Who takes classless routes takes no other: the default has to be among them
        routes.append(f"0.0.0.0/0,{gateway}")
    yield f"{tag},option:classless-static-route,{_list(routes)}"


def _list(values: Iterable[object]) -> str:
    return ",".join(map(str, values))


def _tag(subnet_id: str) -> str:
    return "subnet-" + _checked(re.compile(r"[0-9a-f-]{36}"), subnet_id)


def _checked(pattern: re.Pattern[str], text: str) -> str:
    if pattern.fullmatch(text):
        return text
    raise InvalidRequest(f"{text!r} cannot stand in a DHCP server's file", code="invalid-name")


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
