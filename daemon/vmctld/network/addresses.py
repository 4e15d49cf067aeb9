"""What a subnet may be and which of its addresses a port may have: rules without any I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, ip_network
from itertools import pairwise

from vmctld.domain.names import shown
from vmctld.domain.network import AllocationPool, Subnet
from vmctld.errors import InvalidRequest, NotSupported

SHORTEST_PREFIX, LONGEST_PREFIX = 8, 30  # a /31 or /32 has no address left for a guest
MAX_DNS_SERVERS = 5  # neutron's

# IANA's special-purpose registry (RFC 6890): guests cannot be reached there
_UNUSABLE = (
    (IPv4Network("0.0.0.0/8"), "means this host"),
    (IPv4Network("127.0.0.0/8"), "is the loopback"),
    (IPv4Network("169.254.0.0/16"), "is link-local; the metadata service is there"),
    (IPv4Network("224.0.0.0/4"), "is multicast"),
    (IPv4Network("240.0.0.0/4"), "is reserved"),
)
_CIDR = re.compile(r"[0-9.]+/[0-9]{1,2}", re.ASCII)


def parse_cidr(text: str) -> IPv4Network:
    """Return the network that ``text`` describes; one that guests can be in.

    Raises InvalidRequest (``invalid-cidr``), NotSupported (``ipv6-not-supported``).
    """
    text = text.strip()
    if ":" in text:
        raise _no_ipv6(text)
    network = _network_in(text)
    if str(network) != text:
        raise _invalid_cidr(text, f"has bits set behind its prefix; {network} has not")
    if not SHORTEST_PREFIX <= network.prefixlen <= LONGEST_PREFIX:
        raise _invalid_cidr(
            text, f"has a prefix outside of /{SHORTEST_PREFIX} to /{LONGEST_PREFIX}"
        )
    for unusable, why in _UNUSABLE:
        if network.overlaps(unusable):
            raise _invalid_cidr(text, f"overlaps {unusable}, which {why}")
    return network


def check_no_overlap(cidr: IPv4Network, others: Iterable[Subnet]) -> None:
    """Raise InvalidRequest (``subnets-overlap``) when ``cidr`` shares addresses with another."""
    for other in others:
        if cidr.overlaps(IPv4Network(other.cidr)):
            raise InvalidRequest(
                f"{cidr} overlaps {other.cidr}, which the network has already",
                code="subnets-overlap",
                hint="take a range that the network's other subnets leave free",
                facts={"cidr": str(cidr), "other_cidr": other.cidr, "other_subnet_id": other.id},
            )


def parse_gateway(text: str | None, cidr: IPv4Network) -> IPv4Address | None:
    """Return the router's address: the first one for None, none at all for "".

    Raises InvalidRequest (``invalid-gateway``) when guests could not reach it.
    """
    if text is None:
        return cidr[1]
    if not text.strip():
        return None
    gateway = parse_address(text, "gateway")
    if is_host_of(gateway, cidr):
        return gateway
    raise InvalidRequest(
        f"the gateway {gateway} is no address for a machine in {cidr}",
        code="invalid-gateway",
        hint=f"between {cidr[1]} and {cidr[-2]}",
        facts={"gateway": str(gateway), "cidr": str(cidr)},
    )


def parse_dns_servers(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the addresses of name servers, each once.  Raises InvalidRequest."""
    servers = tuple(dict.fromkeys(str(parse_address(text, "dns-server")) for text in texts))
    if len(servers) > MAX_DNS_SERVERS:
        raise InvalidRequest(
            f"{len(servers)} name servers; a subnet has {MAX_DNS_SERVERS} at most",
            code="too-many-dns-servers",
        )
    for server in servers:
        address = IPv4Address(server)
        if address.is_multicast or address.is_unspecified or address.is_reserved:
            raise InvalidRequest(
                f"{server} cannot be a name server's address", code="invalid-dns-server"
            )
    return servers


def parse_pools(
    pools: Sequence[AllocationPool], cidr: IPv4Network, gateway: IPv4Address | None
) -> tuple[AllocationPool, ...]:
    """Return the addresses to give out, sorted; without ``pools`` all but the gateway's.

    Raises InvalidRequest (``invalid-pool``) for one that is reversed, that leaves the subnet,
    holds the gateway, or overlaps another.
    """
    if not pools:
        return _all_but(gateway, cidr)
    ranges = sorted(_pool_range(pool, cidr) for pool in pools)
    for first, last in ranges:
        if gateway is not None and first <= gateway <= last:
            raise _invalid_pool(first, last, f"holds the gateway {gateway}")
    for (first, last), (next_first, next_last) in pairwise(ranges):
        if next_first <= last:
            raise _invalid_pool(first, last, f"overlaps the pool {next_first} to {next_last}")
    return tuple(AllocationPool(str(first), str(last)) for first, last in ranges)


def subnet_of_address(address: IPv4Address, subnets: Sequence[Subnet]) -> Subnet:
    """Return the subnet in which a port may have ``address``.

    It may lie outside of the pools: those are only what is given out unasked.
    Raises InvalidRequest (``invalid-fixed-ip``).
    """
    for subnet in subnets:
        cidr = IPv4Network(subnet.cidr)
        if address not in cidr:
            continue
        if not is_host_of(address, cidr):
            raise _invalid_fixed_ip(address, f"is the network's or the broadcast address of {cidr}")
        if str(address) == subnet.gateway:
            raise _invalid_fixed_ip(address, f"is the gateway of {cidr}")
        return subnet
    ranges = ", ".join(subnet.cidr for subnet in subnets[:5])
    raise _invalid_fixed_ip(address, f"is in none of the network's subnets ({ranges})")


def parse_address(text: str, what: str) -> IPv4Address:
    """Return the IPv4 address in ``text``.  Raises InvalidRequest (``invalid-<what>``)."""
    text = text.strip()
    try:
        return IPv4Address(text)
    except AddressValueError:
        if _is_ipv6(text):
            raise _no_ipv6(text) from None
        raise InvalidRequest(f"{shown(text)} is no IPv4 address", code=f"invalid-{what}") from None


def is_host_of(address: IPv4Address, cidr: IPv4Network) -> bool:
    """True when a machine in ``cidr`` can have ``address``."""
    return address in cidr and address not in (cidr.network_address, cidr.broadcast_address)


def _network_in(text: str) -> IPv4Network:
    try:
        network = ip_network(text, strict=False) if _CIDR.fullmatch(text) else None
    except ValueError:
        network = None
    if isinstance(network, IPv4Network):
        return network
    raise _invalid_cidr(text, "is not of the form 10.20.0.0/24")


def _all_but(gateway: IPv4Address | None, cidr: IPv4Network) -> tuple[AllocationPool, ...]:
    first, last = cidr[1], cidr[-2]
    if gateway is None:
        return (AllocationPool(str(first), str(last)),)
    halves = ((first, gateway - 1), (gateway + 1, last))
    return tuple(AllocationPool(str(low), str(high)) for low, high in halves if low <= high)


def _pool_range(pool: AllocationPool, cidr: IPv4Network) -> tuple[IPv4Address, IPv4Address]:
    first, last = parse_address(pool.first, "pool"), parse_address(pool.last, "pool")
    if first > last:
        raise _invalid_pool(first, last, "ends before it begins")
    if not (is_host_of(first, cidr) and is_host_of(last, cidr)):
        raise _invalid_pool(first, last, f"is not within {cidr[1]} to {cidr[-2]}")
    return first, last


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


def _invalid_cidr(text: str, why: str) -> InvalidRequest:
    return InvalidRequest(
        f"the range {shown(text)} {why}",
        code="invalid-cidr",
        hint="for instance 10.20.0.0/24",
        facts={"cidr": text[:64]},
    )


def _invalid_pool(first: IPv4Address, last: IPv4Address, why: str) -> InvalidRequest:
    return InvalidRequest(
        f"the pool {first} to {last} {why}",
        code="invalid-pool",
        facts={"first": str(first), "last": str(last)},
    )


def _invalid_fixed_ip(address: IPv4Address, why: str) -> InvalidRequest:
    return InvalidRequest(
        f"{address} {why}", code="invalid-fixed-ip", facts={"address": str(address)}
    )


def _no_ipv6(text: str) -> NotSupported:
    return NotSupported(
        f"{shown(text)} is IPv6; networks are IPv4 only",
        code="ipv6-not-supported",
        hint="take an IPv4 range or address",
    )
