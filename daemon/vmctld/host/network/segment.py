"""One network on this host: a namespace with a bridge, its servers and its rules.

``bring_up`` makes what is missing and leaves the rest alone, so it may be called at any time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from vmctld.host.network.cards import Card
from vmctld.host.network.dhcp import METADATA_ADDRESS, Lease, ServedSubnet
from vmctld.host.network.dnsmasq import Dnsmasq
from vmctld.host.network.enforcing import Members, enforce
from vmctld.host.network.names import BRIDGE, namespace_of, tap_of
from vmctld.host.network.namespace import Namespace
from vmctld.host.network.taps import open_tap

DOMAIN = "vmctl.internal"
CALL_BRIDGE_RULES = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")
ADOPT_FLOWS = Path("/proc/sys/net/netfilter/nf_conntrack_tcp_loose")
CALL_BRIDGE_RULES_IPV6 = Path("/proc/sys/net/bridge/bridge-nf-call-ip6tables")


@dataclass(frozen=True, slots=True)
class Segment:
    """A network's place on this host; its state is on the host, nothing here."""

    owner: str
    network_id: str
    runtime_dir: Path  # of all networks: what their servers read and write

    @property
    def namespace(self) -> Namespace:
        """Where it is."""
        return Namespace(namespace_of(self.owner, self.network_id))

    @property
    def dnsmasq(self) -> Dnsmasq:
        """Its DHCP and DNS server."""
        return Dnsmasq(self.namespace, self.runtime_dir / self.network_id, DOMAIN)

    def bring_up(self, cards: Sequence[Card], members: Members) -> None:
        """Make it fit for exactly these cards; they are of this network, and at least one.

        ``members`` are the addresses of the groups that their rules name.
        """
        self.namespace.ensure()
        subnets = subnets_of(cards)
        mtu_bytes = max(card.mtu_bytes for card in cards)
        missing = [*missing_links(self._links(), subnets, mtu_bytes)]
        if missing:
            self.namespace.call(_have_bridges_filtered)
            self.namespace.links(missing)
        self.enforce(cards, members)
        if missing:
            self.namespace.call(_know_beginnings_only)
        self.dnsmasq.serve(subnets, mtu_bytes, [lease_of(card) for card in cards])

    def enforce(self, cards: Iterable[Card], members: Members) -> None:
        """Replace the rules of all ports, in one transaction, and cut what they do not allow."""
        enforce(self.namespace, [card.guard for card in cards], members)

    def open_tap(self, card: Card) -> int:
        """Return the card's cable, connected; the rules are there before it is.

        Raises OSError (EBUSY) while another process holds it.
        """
        name = tap_of(card.port_id)
        fd: int = self.namespace.call(lambda: open_tap(name))
        self.namespace.links(
            [f"link set {name} mtu {card.mtu_bytes} master {BRIDGE}", f"link set {name} up"]
        )
        return fd

    def take_down(self) -> None:
        """Remove it all; absent is fine."""
        self.dnsmasq.stop()
        self.namespace.remove()

    def _links(self) -> list[dict[str, Any]]:
        return list(json.loads(self.namespace.run(["ip", "-j", "address"]) or "[]"))


def subnets_of(cards: Iterable[Card]) -> list[ServedSubnet]:
    """Return each subnet once, as the latest card has it."""
    return [*{card.subnet.subnet_id: card.subnet for card in cards}.values()]


def lease_of(card: Card) -> Lease:
    """Return what the card's guest is offered."""
    return Lease(card.mac, card.address, card.subnet.subnet_id, card.hostname)


def missing_links(
    links: Sequence[dict[str, Any]], subnets: Sequence[ServedSubnet], mtu_bytes: int
) -> Iterator[str]:
    """Return what ``ip -batch`` has to do; ``links`` is what ``ip -j address`` says."""
    bridge = next((link for link in links if link["ifname"] == BRIDGE), None)
    if bridge is None:
        yield f"link add {BRIDGE} mtu {mtu_bytes} type bridge forward_delay 0 stp_state 0"
    elif bridge["mtu"] != mtu_bytes:
        yield f"link set {BRIDGE} mtu {mtu_bytes}"
    had = {f"{a['local']}/{a['prefixlen']}" for a in bridge["addr_info"]} if bridge else set()
    wanted = [f"{METADATA_ADDRESS}/32"]
    for subnet in subnets:
        wanted.append(f"{subnet.service_address}/{IPv4Network(subnet.cidr).prefixlen}")
    yield from (f"addr add {address} dev {BRIDGE}" for address in wanted if address not in had)
    if bridge is None or "UP" not in bridge["flags"]:
        yield f"link set {BRIDGE} up"


def _have_bridges_filtered() -> None:
    """Have bridged packets tracked too; in the namespace of the calling thread."""
    CALL_BRIDGE_RULES.write_text("1")
    CALL_BRIDGE_RULES_IPV6.write_text("1")


def _know_beginnings_only() -> None:
    """Have no TCP connection known whose beginning was not seen; in the calling thread's namespace.

    Else one that was cut off would be taken up again by the next packet that a guest sends.
    """
    ADOPT_FLOWS.write_text("0")
