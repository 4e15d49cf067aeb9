"""What a port may send and get, as a host enforces it: groups resolved to plain rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Direction(StrEnum):
    """Neutron's words, seen from the guest."""

    INGRESS = "ingress"
    EGRESS = "egress"


class EtherType(StrEnum):
    """Neutron's words."""

    IPV4 = "IPv4"
    IPV6 = "IPv6"


PROTOCOLS = MappingProxyType(
    {
        "icmp": 1,
        "igmp": 2,
        "ipip": 4,
        "tcp": 6,
        "egp": 8,
        "udp": 17,
        "dccp": 33,
        "ipv6-encap": 41,
        "ipv6-route": 43,
        "ipv6-frag": 44,
        "rsvp": 46,
        "gre": 47,
        "esp": 50,
        "ah": 51,
        "icmpv6": 58,
        "ipv6-nonxt": 59,
        "ipv6-opts": 60,
        "ospf": 89,
        "vrrp": 112,
        "pgm": 113,
        "sctp": 132,
        "udplite": 136,
    }
)  # neutron's names, IANA's numbers
WITH_PORTS = frozenset({"tcp", "udp", "sctp", "udplite", "dccp"})
ICMP_NAMES = frozenset({"icmp", "icmpv6", "ipv6-icmp", "1", "58"})


@dataclass(frozen=True, slots=True)
class GuardRule:
    """One thing that is allowed.  None: any.  For ICMP the numbers are its type and code."""

    direction: Direction
    ether_type: EtherType
    protocol: str | None = None  # tcp, udp, icmp, icmpv6, sctp, or a number
    first: int | None = None  # port, or ICMP type
    last: int | None = None  # port, or ICMP code
    remote: tuple[str, ...] | None = None  # CIDRs and addresses; empty: nobody
    remote_group_id: str | None = None  # only this group's members, told apart from the rule


@dataclass(frozen=True, slots=True)
class AddressPair:
    """A source that a port may use besides its own."""

    cidr: str
    mac: str


@dataclass(frozen=True, slots=True)
class PortGuard:
    """What is enforced at one port.  Not ``enabled``: nothing, its owner chose so."""

    port_id: str
    mac: str
    addresses: tuple[str, ...]  # IPv4 and IPv6
    rules: tuple[GuardRule, ...]
    pairs: tuple[AddressPair, ...] = ()
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class GuardBook:
    """What a host is to enforce: the ports of each network, and whom the named groups stand for."""

    digest: str  # of all of it: two that are the same have the same one
    networks: Mapping[str, tuple[PortGuard, ...]]  # by network id
    members: Mapping[str, tuple[str, ...]]  # by group id: addresses and CIDRs
