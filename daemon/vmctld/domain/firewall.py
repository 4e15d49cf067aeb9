"""What a port may send and get, as a host enforces it: groups resolved to plain rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    """Neutron's words, seen from the guest."""

    INGRESS = "ingress"
    EGRESS = "egress"


class EtherType(StrEnum):
    """Neutron's words."""

    IPV4 = "IPv4"
    IPV6 = "IPv6"


@dataclass(frozen=True, slots=True)
class GuardRule:
    """One thing that is allowed.  None: any.  For ICMP the numbers are its type and code."""

    direction: Direction
    ether_type: EtherType
    protocol: str | None = None  # tcp, udp, icmp, icmpv6, sctp, or a number
    first: int | None = None  # port, or ICMP type
    last: int | None = None  # port, or ICMP code
    remote: tuple[str, ...] | None = None  # CIDRs and addresses; empty: nobody


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
