"""Which connections the rules of a network's ports allow: the same answer as its nftables give.

Asked when rules change: what they do not allow any more is cut, and all else goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from vmctld.domain.firewall import (
    ICMP_NAMES,
    PROTOCOLS,
    WITH_PORTS,
    Direction,
    EtherType,
    GuardRule,
    PortGuard,
)
from vmctld.host.network.conntrack import Flow
from vmctld.host.network.dhcp import METADATA_ADDRESS
from vmctld.host.network.rules import link_local

UDP = PROTOCOLS["udp"]
# Source and target port of what hosts need to be hosts: DHCP, and DHCPv6
ALWAYS_OUT = frozenset({(68, 67), (546, 547)})
ALWAYS_IN = frozenset({(67, 68)})


class Permits:
    """What all ports of one network allow."""

    def __init__(self, guards: Iterable[PortGuard], members: Mapping[str, Sequence[str]]) -> None:
        self._members = {group_id: _Crowd(addresses) for group_id, addresses in members.items()}
        self._by_address: dict[str, PortGuard] = {}
        self._by_range: list[tuple[IPv4Network | IPv6Network, PortGuard]] = []
        for guard in guards:
            for address in (*guard.addresses, link_local(guard.mac)):
                self._by_address[address] = guard
            self._by_range += [(_network(pair.cidr), guard) for pair in guard.pairs]

    def allow(self, flow: Flow) -> bool:
        """True when the port that it comes from lets it out and the one it goes to lets it in."""
        return self._lets(flow, Direction.EGRESS) and self._lets(flow, Direction.INGRESS)

    def _lets(self, flow: Flow, direction: Direction) -> bool:
        leaves = direction is Direction.EGRESS
        guard = self._guard_at(flow.source if leaves else flow.target)
        if guard is None or not guard.enabled:
            return True
        ports = (flow.source_port, flow.target_port)
        if flow.protocol == UDP and ports in (ALWAYS_OUT if leaves else ALWAYS_IN):
            return True
        if leaves and flow.target == METADATA_ADDRESS:
            return True
        remote = flow.target if leaves else flow.source
        return any(
            rule.direction is direction and self._matches(rule, flow, remote)
            for rule in guard.rules
        )

    def _guard_at(self, address: str) -> PortGuard | None:
        guard = self._by_address.get(address)
        if guard is None and self._by_range:
            here = ip_address(address)
            guard = next((one for network, one in self._by_range if here in network), None)
        return guard

    def _matches(self, rule: GuardRule, flow: Flow, remote: str) -> bool:
        family = EtherType.IPV6 if ":" in remote else EtherType.IPV4
        if rule.ether_type is not family or not _matches_protocol(rule, flow):
            return False
        if rule.remote is not None and not _Crowd(rule.remote).holds(remote):
            return False
        if rule.remote_group_id is None:
            return True
        crowd = self._members.get(rule.remote_group_id)
        return crowd is not None and crowd.holds(remote)


class _Crowd:
    """Addresses and ranges, looked up by address."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self._alone = {one for one in addresses if "/" not in one}
        self._ranges = [_network(one) for one in addresses if "/" in one]

    def holds(self, address: str) -> bool:
        """True when the address is one of them, or in one of their ranges."""
        if address in self._alone:
            return True
        return bool(self._ranges) and any(ip_address(address) in one for one in self._ranges)


def _matches_protocol(rule: GuardRule, flow: Flow) -> bool:
    if rule.protocol is None:
        return True
    if rule.protocol in ICMP_NAMES:
        wanted = PROTOCOLS["icmpv6" if rule.ether_type is EtherType.IPV6 else "icmp"]
        return (
            flow.protocol == wanted
            and rule.first in (None, flow.icmp_type)
            and rule.last in (None, flow.icmp_code)
        )
    if flow.protocol != PROTOCOLS.get(rule.protocol, _number(rule.protocol)):
        return False
    if rule.protocol not in WITH_PORTS or rule.first is None:
        return True
    last = rule.first if rule.last is None else rule.last
    return flow.target_port is not None and rule.first <= flow.target_port <= last


def _number(protocol: str) -> int:
    return int(protocol) if protocol.isdecimal() else -1


@lru_cache(maxsize=4096)
def _network(cidr: str) -> IPv4Network | IPv6Network:
    return ip_network(cidr, strict=False)
