"""One router on this host: a namespace with a card on each network, and one that leads outside.

``bring_up`` makes what is missing and removes what is not wanted, so it may be called at any time.
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import structlog

from vmctld.domain.router import RouterPlan, Uplink
from vmctld.errors import WrongState
from vmctld.host.network.commands import run
from vmctld.host.network.names import (
    BRIDGE,
    leg_end_of,
    leg_of,
    namespace_of,
    router_namespace_of,
    uplink_end_of,
    uplink_of,
)
from vmctld.host.network.namespace import Namespace
from vmctld.host.network.router_rules import router_ruleset

log = structlog.get_logger(__name__)

FORWARD = Path("/proc/sys/net/ipv4/ip_forward")
DEVICES = Path("/sys/class/net")
BRIDGE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,14}")
ETHERTYPE_ARP = 0x0806
EVERYBODY = b"\xff" * 6


@dataclass(frozen=True, slots=True)
class Card:
    """A card that the router is to have: its name, MAC, MTU and addresses with prefixes."""

    name: str
    mac: str
    mtu_bytes: int
    addresses: tuple[str, ...]
    peer: str
    peer_namespace: str  # by name, or by the id of a process in it


@dataclass(frozen=True, slots=True)
class RouterBox:
    """A router's place on this host; its state is on the host, nothing here."""

    owner: str
    plan: RouterPlan

    @property
    def namespace(self) -> Namespace:
        """Where it is."""
        return Namespace(router_namespace_of(self.owner, self.plan.router_id))

    def bring_up(self) -> None:
        """Make it what the plan says; the rules are there before any card is up.

        Raises WrongState (``no-external-bridge``) when all but the way out could be made.
        """
        self.namespace.ensure()
        self.namespace.run(["nft", "-f", "-"], router_ruleset(self.plan))
        self.namespace.call(_forward)
        cards = [*self._legs()]
        uplink = self.plan.uplink
        outside = uplink is not None and is_bridge(uplink.physical)
        if uplink is not None and outside:
            cards.append(self._uplink(uplink))
        there = {link["ifname"]: link for link in self._links()}
        self.namespace.links(changed_links(there, cards))
        for leg in self.plan.legs:
            if any(card.name == leg_of(leg.port_id) for card in cards):
                self._join(leg.network_id, leg_end_of(leg.port_id))
        if uplink is not None and outside:
            end = uplink_end_of(uplink.port_id)
            lines = f"link set {end} master {uplink.physical}\nlink set {end} up\n"
            run(["ip", "-batch", "-"], lines)
        self.namespace.links([f"link set {card.name} up" for card in cards])
        self._lead_out(uplink if outside else None)
        self._announce(there, cards)
        if uplink is not None and not outside:
            raise _no_bridge(uplink.physical)

    def take_down(self) -> None:
        """Remove it all; absent is fine."""
        self.namespace.remove()

    def _legs(self) -> Iterator[Card]:
        """Yield the cards on networks that are here; one that comes brings its leg along."""
        for leg in self.plan.legs:
            network = Namespace(namespace_of(self.owner, leg.network_id))
            if network.exists():
                prefix = IPv4Network(leg.cidr).prefixlen
                yield Card(
                    name=leg_of(leg.port_id),
                    mac=leg.mac,
                    mtu_bytes=leg.mtu_bytes,
                    addresses=(f"{IPv4Address(leg.address)}/{prefix}",),
                    peer=leg_end_of(leg.port_id),
                    peer_namespace=network.name,
                )

    def _uplink(self, uplink: Uplink) -> Card:
        prefix = IPv4Network(uplink.cidr).prefixlen
        own = (f"{IPv4Address(uplink.address)}/{prefix}",) if uplink.address else ()
        floating = tuple(f"{IPv4Address(one.address)}/32" for one in self.plan.forwards)
        return Card(
            name=uplink_of(uplink.port_id),
            mac=uplink.mac,
            mtu_bytes=uplink.mtu_bytes,
            addresses=own + floating,
            peer=uplink_end_of(uplink.port_id),
            peer_namespace=str(os.getpid()),
        )

    def _join(self, network_id: str, end: str) -> None:
        network = Namespace(namespace_of(self.owner, network_id))
        network.links([f"link set {end} master {BRIDGE}", f"link set {end} up"])

    def _lead_out(self, uplink: Uplink | None) -> None:
        if uplink is not None and uplink.next_hop is not None:
            card, hop = uplink_of(uplink.port_id), IPv4Address(uplink.next_hop)
            self.namespace.links([f"route replace default via {hop} dev {card} onlink"])

    def _announce(self, there: dict[str, dict[str, Any]], cards: Sequence[Card]) -> None:
        """Tell neighbours where new addresses are: they may remember another card."""
        for card in cards:
            had = _addresses(there.get(card.name))
            for address in (a for a in card.addresses if a not in had):
                try:
                    self.namespace.call(partial(_send_arp, card.name, card.mac, address))
                except OSError as error:  # they will ask, a little later
                    log.warning("an address was not announced", address=address, why=str(error))

    def _links(self) -> list[dict[str, Any]]:
        return list(json.loads(self.namespace.run(["ip", "-j", "address"]) or "[]"))


def changed_links(there: dict[str, dict[str, Any]], cards: Sequence[Card]) -> Iterator[str]:
    """Return what ``ip -batch`` has to do; ``there`` is what ``ip -j address`` says, by name."""
    wanted = {card.name for card in cards}
    for name in there:
        if name.startswith(("qr", "qg")) and name not in wanted:
            yield f"link del {name}"
    for card in cards:
        link = there.get(card.name)
        if link is None:
            yield (
                f"link add {card.name} mtu {card.mtu_bytes} address {card.mac} type veth"
                f" peer name {card.peer} mtu {card.mtu_bytes} netns {card.peer_namespace}"
            )
        had = _addresses(link)
        yield from (f"addr del {one} dev {card.name}" for one in had if one not in card.addresses)
        yield from (f"addr add {one} dev {card.name}" for one in card.addresses if one not in had)


def is_bridge(name: str) -> bool:
    """True when this host has a bridge of that name."""
    return bool(BRIDGE_NAME.fullmatch(name)) and (DEVICES / name / "bridge").is_dir()


def _addresses(link: dict[str, Any] | None) -> list[str]:
    if link is None:
        return []
    known = [a for a in link["addr_info"] if a["family"] == "inet"]
    return [f"{a['local']}/{a['prefixlen']}" for a in known]


def _forward() -> None:
    """Have packets passed on, in the namespace of the calling thread."""
    FORWARD.write_text("1")


def _send_arp(card: str, mac: str, address: str) -> None:
    """Send an ARP announcement (RFC 5227) in the namespace of the calling thread."""
    source, own = bytes.fromhex(mac.replace(":", "")), IPv4Address(address.partition("/")[0])
    head = bytes((0, 1, 8, 0, 6, 4, 0, 1))  # Ethernet, IPv4, a request
    packet = head + source + own.packed + bytes(6) + own.packed
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((card, ETHERTYPE_ARP))
        sender.send(EVERYBODY + source + ETHERTYPE_ARP.to_bytes(2, "big") + packet)


def _no_bridge(name: str) -> WrongState:
    return WrongState(
        f"this host has no bridge {name[:15]!r} to lead an external network outside",
        code="no-external-bridge",
        hint=f"ip link add {name[:15]} type bridge; ip link set {name[:15]} up, on that host",
        facts={"bridge": name[:15]},
    )
