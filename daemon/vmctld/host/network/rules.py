"""The rules of one network on this host, as nftables reads them: pure functions of the ports.

Anti-spoofing is a list of what may be sent, before connection tracking sees it.  What belongs to
a known connection passes; all else needs a rule.  The bridge family knows no connections, so
the inet family marks packets and the bridge reads the mark.  The text replaces all rules in one
transaction: there is no moment without them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, collapse_addresses
from types import MappingProxyType
from uuid import UUID

from vmctld.domain.firewall import (
    ICMP_NAMES,
    PROTOCOLS,
    WITH_PORTS,
    Direction,
    EtherType,
    GuardRule,
    PortGuard,
)
from vmctld.host.network.names import tap_of

NOBODY: Mapping[str, Sequence[str]] = MappingProxyType({})
KNOWN, INVALID = "0x10", "0x20"  # marks: of a known connection, of none that can be
FAMILY = {EtherType.IPV4: "ip", EtherType.IPV6: "ip6"}
ICMP = {EtherType.IPV4: "icmp", EtherType.IPV6: "icmpv6"}
SET_TYPE = {EtherType.IPV4: "ipv4_addr", EtherType.IPV6: "ipv6_addr"}

_TRACKING = f"""\
table inet vmctl
delete table inet vmctl
table inet vmctl {{
  chain prerouting {{
    type filter hook prerouting priority -150; policy accept;
    ct state established,related meta mark set {KNOWN}
    ct state invalid meta mark set {INVALID}
  }}
  chain output {{
    type filter hook output priority -150; policy accept;
    ct state established,related meta mark set {KNOWN}
  }}
}}
"""


def ruleset(guards: Sequence[PortGuard], members: Mapping[str, Sequence[str]] = NOBODY) -> str:
    """Return the text for ``nft -f -``; all ports of the network at once.

    ``members`` are the addresses of the groups that rules name, by id; of others nobody.
    """
    enforced = [guard for guard in guards if guard.enabled]
    free = [guard for guard in guards if not guard.enabled]
    lines = ["table bridge vmctl", "delete table bridge vmctl", "table bridge vmctl {"]
    for group_id, ether_type in _groups_named(enforced):
        lines += _members_set(group_id, ether_type, members.get(group_id, ()))
    lines += _base_chain("sources", "prerouting", -300, _dispatch("iifname", "src", enforced, free))
    lines += _base_chain("sent", "prerouting", 10, _dispatch("iifname", "out", enforced, free))
    for chain, hook in (("passed", "forward"), ("served", "output")):
        dispatch = _dispatch("oifname", "in", enforced, free)
        lines += _base_chain(chain, hook, 10, dispatch)
    for guard in enforced:
        name = tap_of(guard.port_id)
        lines += _chain(f"src-{name}", _sources(guard))
        lines += _chain(f"out-{name}", _allowed(guard, Direction.EGRESS))
        lines += _chain(f"in-{name}", _allowed(guard, Direction.INGRESS))
    return _TRACKING + "\n".join([*lines, "}"]) + "\n"


def _groups_named(guards: Iterable[PortGuard]) -> list[tuple[str, EtherType]]:
    return sorted(
        {
            (rule.remote_group_id, rule.ether_type)
            for guard in guards
            for rule in guard.rules
            if rule.remote_group_id
        }
    )


def _members_set(group_id: str, ether_type: EtherType, addresses: Iterable[str]) -> Iterator[str]:
    """Write a group's members once, whoever has rules for them."""
    is_ipv6 = ether_type is EtherType.IPV6
    found = [address for address in addresses if (":" in address) == is_ipv6]
    yield f"  set {_set_name(group_id, ether_type)} {{"
    yield f"    type {SET_TYPE[ether_type]}; flags interval"
    if found:
        yield f"    elements = {_set(found)}"
    yield "  }"


def _set_name(group_id: str, ether_type: EtherType) -> str:
    return f"{FAMILY[ether_type]}-{UUID(group_id).hex}"


def _base_chain(name: str, hook: str, priority: int, rules: Iterable[str]) -> Iterator[str]:
    head = f"type filter hook {hook} priority {priority}; policy accept;"
    return _chain(name, [head, *rules])


def _chain(name: str, rules: Iterable[str]) -> Iterator[str]:
    yield f"  chain {name} {{"
    for rule in rules:
        yield f"    {rule}"
    yield "  }"


def _dispatch(
    side: str, chain: str, enforced: Sequence[PortGuard], free: Sequence[PortGuard]
) -> Iterator[str]:
    """Lead each tap's packets to its chain; a tap that is not known here sends and gets none."""
    known = [(tap_of(guard.port_id), f"jump {chain}-{tap_of(guard.port_id)}") for guard in enforced]
    known += [(tap_of(guard.port_id), "accept") for guard in free]
    if known:
        pairs = ", ".join(f'"{tap}" : {verdict}' for tap, verdict in known)
        yield f"{side} vmap {{ {pairs} }}"
        yield f'{side} "tap*" {side} != {{ {", ".join(_quoted(tap) for tap, _ in known)} }} drop'
    else:
        yield f'{side} "tap*" drop'


def _quoted(tap: str) -> str:
    return f'"{tap}"'


def _sources(guard: PortGuard) -> Iterator[str]:
    """Let pass what names the port itself as its source; the last rule drops the rest."""
    macs = sorted({guard.mac, *(pair.mac for pair in guard.pairs)})
    yield f"ether saddr != {{ {', '.join(macs)} }} drop"
    ipv4 = [address for address in guard.addresses if ":" not in address]
    ipv6 = [address for address in guard.addresses if ":" in address]
    ipv4 += [pair.cidr for pair in guard.pairs if ":" not in pair.cidr]
    ipv6 += [pair.cidr for pair in guard.pairs if ":" in pair.cidr]
    yield from _ipv4_sources(macs, ipv4)
    yield from _ipv6_sources([*ipv6, link_local(guard.mac)])
    yield "drop"  # also what hides behind a VLAN's tag


def _ipv4_sources(macs: Sequence[str], addresses: Sequence[str]) -> Iterator[str]:
    arp = f"ether type arp arp saddr ether {{ {', '.join(macs)} }} arp saddr ip"
    yield f"{arp} 0.0.0.0 return"  # a probe: is the address free?
    yield "udp sport 67 drop"  # the answers of a DHCP server
    yield "ip saddr 0.0.0.0 udp sport 68 udp dport 67 return"
    if addresses:
        some = _set(addresses)
        yield f"{arp} {some} return"
        yield f"ip saddr {some} return"


def _ipv6_sources(addresses: Sequence[str]) -> Iterator[str]:
    yield "icmpv6 type { nd-router-advert, nd-redirect } drop"
    yield "udp sport 547 drop"
    some = _set(addresses)
    # The target of an advertisement: 16 bytes, 8 into the ICMP header
    targets = f"{{ {', '.join(_number(address) for address in addresses if '/' not in address)} }}"
    yield f"icmpv6 type nd-neighbor-advert @th,64,128 != {targets} drop"
    yield "ip6 saddr :: icmpv6 type { nd-neighbor-solicit, mld2-listener-report } return"
    yield f"ip6 saddr {some} return"


def _set(addresses: Sequence[str]) -> str:
    """Write a set of addresses of one family; nftables refuses one whose members overlap."""
    if any(":" in address for address in addresses):
        networks = [*map(str, collapse_addresses(map(IPv6Network, addresses)))]
    else:
        networks = [*map(str, collapse_addresses(map(IPv4Network, addresses)))]
    return f"{{ {', '.join(networks)} }}"


def _number(address: str) -> str:
    return hex(int(IPv6Address(address)))


def link_local(mac: str) -> str:
    """Return the address that a card gives itself (RFC 4291, modified EUI-64)."""
    first, *rest = (int(part, 16) for part in mac.split(":"))
    octets = [first ^ 0x02, *rest[:2], 0xFF, 0xFE, *rest[2:]]
    number = int.from_bytes(bytes([0xFE, 0x80, *[0] * 6, *octets]), "big")
    return str(IPv6Address(number))


def _allowed(guard: PortGuard, direction: Direction) -> Iterator[str]:
    """Let pass what belongs to a known connection, what hosts need to be hosts, and the rules."""
    yield f"meta mark {INVALID} drop"
    yield f"meta mark {KNOWN} accept"
    yield "ether type arp accept"
    if direction is Direction.INGRESS:
        yield "udp sport 67 udp dport 68 accept"
        yield "icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept"
    else:
        yield "udp sport 68 udp dport 67 accept"
        yield "udp sport 546 udp dport 547 accept"
        yield (
            "icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert,"
            " mld2-listener-report } accept"
        )
        yield "ip daddr 169.254.169.254 accept"
    for rule in guard.rules:
        if rule.direction is direction:
            yield from _rule(rule)
    yield "drop"


def _rule(rule: GuardRule) -> Iterator[str]:
    """Write one rule; none when its remote group is empty."""
    family = FAMILY[rule.ether_type]
    words = [f"ether type {family}"]
    if rule.remote is not None:
        if not rule.remote:
            return
        side = "saddr" if rule.direction is Direction.INGRESS else "daddr"
        words.append(f"{family} {side} {_set(rule.remote)}")
    if rule.remote_group_id is not None:
        side = "saddr" if rule.direction is Direction.INGRESS else "daddr"
        words.append(f"{family} {side} @{_set_name(rule.remote_group_id, rule.ether_type)}")
    yield " ".join([*words, *_protocol(rule), "accept"])


def _protocol(rule: GuardRule) -> Iterator[str]:
    if rule.protocol is None:
        return
    if rule.protocol in ICMP_NAMES:
        icmp = ICMP[rule.ether_type]
        yield f"meta l4proto {'icmp' if icmp == 'icmp' else 'ipv6-icmp'}"
        if rule.first is not None:
            yield f"{icmp} type {rule.first}"
        if rule.last is not None:
            yield f"{icmp} code {rule.last}"
        return
    if rule.protocol not in WITH_PORTS:
        yield f"meta l4proto {PROTOCOLS.get(rule.protocol, rule.protocol)}"
        return
    yield f"meta l4proto {rule.protocol}"
    if rule.first is not None:
        yield f"th dport {rule.first}-{rule.last if rule.last is not None else rule.first}"
