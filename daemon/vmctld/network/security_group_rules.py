"""What a rule of a security group may say: refused here, before it is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from vmctld.domain.firewall import PROTOCOLS, WITH_PORTS, Direction, EtherType
from vmctld.domain.names import check_text, shown
from vmctld.domain.security_group import RuleRequest
from vmctld.errors import InvalidRequest

MAX_DESCRIPTION_CHARS = 255
LAST_PORT = 65_535
LAST_ICMP = 255
LAST_PROTOCOL = 255

_NAMES = {number: name for name, number in PROTOCOLS.items()}
_ALIASES = {"ipv6-icmp": "icmpv6", "any": "", "all": ""}
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_CIDR = re.compile(r"[0-9a-fA-F.:]+(/[0-9]{1,3})?", re.ASCII)
_OF_IPV6 = frozenset({"icmpv6", "ipv6-encap", "ipv6-route", "ipv6-frag", "ipv6-nonxt", "ipv6-opts"})


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule that can be enforced; its remote group is still to be found."""

    direction: Direction
    ether_type: EtherType
    protocol: str | None
    first: int | None
    last: int | None
    remote_cidr: str | None
    description: str


def checked_rule(request: RuleRequest) -> CheckedRule:
    """Return ``request`` in its usual form; raises InvalidRequest for what nobody can enforce."""
    if request.remote_cidr and request.remote_group:
        raise _invalid_remote(
            "a rule is for addresses or for a group, not for both",
            "make two rules",
        )
    cidr = _remote_cidr(request.remote_cidr) if request.remote_cidr.strip() else None
    ether_type = _ether_type(request.ether_type, cidr)
    protocol = _protocol(request.protocol, ether_type)
    first, last = _range(protocol, request.first, request.last)
    return CheckedRule(
        direction=_direction(request.direction),
        ether_type=ether_type,
        protocol=protocol,
        first=first,
        last=last,
        remote_cidr=None if cidr is None else str(cidr),
        description=check_text(request.description, "description", MAX_DESCRIPTION_CHARS),
    )


def _direction(text: str) -> Direction:
    try:
        return Direction(text.strip().lower() or Direction.INGRESS)
    except ValueError:
        raise InvalidRequest(
            f"{shown(text[:32])} is no direction",
            code="invalid-direction",
            hint="ingress or egress",
        ) from None


def _ether_type(text: str, cidr: IPv4Network | IPv6Network | None) -> EtherType:
    known = {kind.value.lower(): kind for kind in EtherType}
    of_cidr = None if cidr is None else (EtherType.IPV4, EtherType.IPV6)[cidr.version == 6]
    if not text.strip():
        return of_cidr or EtherType.IPV4
    asked = known.get(text.strip().lower())
    if asked is None:
        raise _invalid_ethertype(f"{shown(text[:32])} is no EtherType", "IPv4 or IPv6")
    if of_cidr not in (None, asked):
        raise _invalid_ethertype(f"the addresses {cidr} are not {asked}", f"--ethertype {of_cidr}")
    return asked


def _protocol(text: str, ether_type: EtherType) -> str | None:
    name = text.strip().lower()
    if _NUMBER.fullmatch(name) and int(name) <= LAST_PROTOCOL:
        name = _NAMES.get(int(name), str(int(name)))
    elif name and name not in PROTOCOLS and name not in _ALIASES:
        raise InvalidRequest(
            f"there is no protocol {shown(text[:32])}",
            code="unknown-protocol",
            hint=f"any, a number up to {LAST_PROTOCOL}, or one of {', '.join(PROTOCOLS)}",
        )
    name = _ALIASES.get(name, name)
    if name == "icmp" and ether_type is EtherType.IPV6:
        name = "icmpv6"  # neutron takes the one for the other as well
    if name in _OF_IPV6 and ether_type is EtherType.IPV4:
        raise _invalid_ethertype(f"{name} is a protocol of IPv6", "--ethertype IPv6")
    return name or None


def _range(
    protocol: str | None, first: int | None, last: int | None
) -> tuple[int | None, int | None]:
    if first is None and last is None:
        return None, None
    if protocol in ("icmp", "icmpv6"):
        return _icmp(first, last)
    if protocol not in WITH_PORTS:
        named = f"the protocol {protocol}" if protocol else "a rule for any protocol"
        raise _invalid_range(f"{named} has no ports", "--protocol tcp, for instance")
    low = first if first is not None else last
    high = last if last is not None else first
    assert low is not None
    assert high is not None
    for port in (low, high):
        if not 1 <= port <= LAST_PORT:
            raise _invalid_range(f"{port} is no port; ports go from 1 to {LAST_PORT}")
    if low > high:
        raise _invalid_range(f"the ports {low} to {high} end before they begin")
    return low, high


def _icmp(kind: int | None, code: int | None) -> tuple[int | None, int | None]:
    if kind is None:
        raise _invalid_icmp("an ICMP code without its type means nothing", "--icmp-type TYPE")
    for word, number in (("type", kind), ("code", code)):
        if number is not None and not 0 <= number <= LAST_ICMP:
            raise _invalid_icmp(f"{number} is no ICMP {word}; they go from 0 to {LAST_ICMP}")
    return kind, code


def _remote_cidr(text: str) -> IPv4Network | IPv6Network:
    """Return the addresses in ``text``; bits behind the prefix are dropped, as neutron does."""
    found = None
    if _CIDR.fullmatch(text.strip()):
        try:
            found = ip_network(text.strip(), strict=False)
        except ValueError:
            found = None
    if found is None:
        raise _invalid_remote(
            f"{shown(text[:64])} is no range of addresses",
            "for instance 10.20.0.0/24, 192.0.2.7 or 2001:db8::/32",
        )
    return found


def _invalid_remote(problem: str, hint: str) -> InvalidRequest:
    return InvalidRequest(problem, code="invalid-remote", hint=hint)


def _invalid_ethertype(problem: str, hint: str) -> InvalidRequest:
    return InvalidRequest(problem, code="invalid-ethertype", hint=hint)


def _invalid_range(problem: str, hint: str = "give the lower port first") -> InvalidRequest:
    return InvalidRequest(problem, code="invalid-port-range", hint=hint)


def _invalid_icmp(problem: str, hint: str = "leave it out for any") -> InvalidRequest:
    return InvalidRequest(problem, code="invalid-icmp-type", hint=hint)
