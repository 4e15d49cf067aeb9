"""A host's networks, for real: namespaces, taps, nftables, dnsmasq, the metadata server."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from tests.support import frames
from tests.support.cards import ALL_OUT, SERVICE_ADDRESS, make_card
from tests.support.frames import Cable
from vmctld.domain.firewall import Direction, EtherType, GuardBook, GuardRule
from vmctld.errors import NotFound
from vmctld.host.network.bridges import Bridges
from vmctld.host.network.cards import Card
from vmctld.host.network.names import namespace_of, owner_of, tap_of
from vmctld.host.network.namespace import Namespace
from vmctld.host.network.rules import link_local

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="namespaces and taps are root's to make, and this is another user"
)

HEARD_S = 5.0
SILENCE_S = 0.3
EVERYTHING = tuple(
    GuardRule(direction, ether_type) for direction in Direction for ether_type in EtherType
)


@dataclass
class Host:
    """A host with one network and the cables of its guests."""

    bridges: Bridges
    root: Path
    runtime: Path
    network_id: str
    cables: list[Cable]

    @property
    def namespace(self) -> Namespace:
        return Namespace(namespace_of(owner_of(self.root / "cards"), self.network_id))

    def plug(self, number: int, rules: tuple[GuardRule, ...] = EVERYTHING) -> tuple[Card, Cable]:
        """Plug a guest's card in and hold its cable."""
        card = make_card(number, network_id=self.network_id, rules=rules)
        self.bridges.plug(card)
        cable = Cable(self.bridges.open_cable(self.network_id, card.port_id))
        self.cables.append(cable)
        return card, cable

    def pids(self) -> list[str]:
        """Return the processes in the network's namespace."""
        done = subprocess.run(
            ["ip", "netns", "pids", self.namespace.name], capture_output=True, text=True, check=True
        )
        return done.stdout.split()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    runtime = Path(tempfile.mkdtemp(prefix="vmctl-test-", dir="/run"))
    runtime.chmod(0o711)  # dnsmasq is another user, and has to get to its files
    bridges = Bridges(tmp_path / "cards", runtime)
    made = Host(bridges, tmp_path, runtime, str(uuid.uuid4()), [])
    yield made
    for cable in made.cables:
        cable.close()
    for card in bridges._files.of_network(made.network_id):
        bridges.unplug(card.instance_id)
    bridges.close()
    shutil.rmtree(runtime)
    assert not made.namespace.exists()


def hello(card: Card, to: Card) -> bytes:
    """Return a datagram from one guest to another."""
    packet = frames.ipv4(card.address, to.address, frames.UDP, frames.udp(1234, 80))
    return frames.ethernet(card.mac, to.mac, frames.IPV4, packet)


def test_two_guests_of_a_network_reach_each_other(host: Host) -> None:
    (one, wire), (two, other) = host.plug(1), host.plug(2)

    wire.send(hello(one, two))

    assert other.hears(b"hello", HEARD_S)


def spoofs(one: Card, two: Card) -> dict[str, bytes]:
    """Return what a guest may not send, by what is wrong with it."""
    stranger, ours = "fa:16:3e:aa:aa:aa", frames.ethernet
    everyone = "33:33:00:00:00:01"
    packet = frames.ipv4(one.address, two.address, frames.UDP, frames.udp(1234, 80, b"spoof"))
    foreign = frames.ipv4("10.77.0.99", two.address, frames.UDP, frames.udp(1, 2, b"spoof"))
    offer = frames.ipv4(one.address, two.address, frames.UDP, frames.udp(67, 68, b"spoof"))
    mine, theirs = link_local(one.mac), link_local(two.mac)
    forged = frames.neighbour_advertisement(mine, theirs, "ff02::1")
    router = frames.router_advertisement(mine, "ff02::1")
    lied = frames.ipv6("fd00::99", theirs, frames.UDP, frames.udp(1, 2, b"spoof"))
    return {
        "another's MAC": ours(stranger, two.mac, frames.IPV4, packet),
        "another's IPv4 address": ours(one.mac, two.mac, frames.IPV4, foreign),
        "another's address in ARP": frames.arp(one.mac, "10.77.0.99", two.address),
        "another's MAC in ARP": frames.arp(stranger, one.address, two.address, one.mac),
        "ARP behind a VLAN's tag": frames.tagged(frames.arp(one.mac, "10.77.0.99", two.address), 7),
        "a VLAN's tag": frames.tagged(ours(one.mac, two.mac, frames.IPV4, packet), 7),
        "the answer of a DHCP server": ours(one.mac, two.mac, frames.IPV4, offer),
        "a forged neighbour advertisement": ours(one.mac, everyone, frames.IPV6, forged),
        "a router advertisement": ours(one.mac, everyone, frames.IPV6, router),
        "another's IPv6 address": ours(one.mac, two.mac, frames.IPV6, lied),
        "another protocol": ours(one.mac, two.mac, 0x88CC, b"spoof" * 10),
    }


def test_a_spoofing_guest_reaches_nobody(host: Host) -> None:
    (one, wire), (two, other) = host.plug(1), host.plug(2)

    heard = []
    for what, frame in spoofs(one, two).items():
        wire.send(frame)
        if other.hears(frame[-12:], SILENCE_S):
            heard.append(what)
    wire.send(hello(one, two))

    assert heard == []
    assert other.hears(b"hello", HEARD_S)


def test_what_the_spoofs_are_made_of_passes_when_it_is_true(host: Host) -> None:
    (one, wire), (two, other) = host.plug(1), host.plug(2)
    mine = link_local(one.mac)
    claim = frames.neighbour_advertisement(mine, mine, "ff02::1")

    wire.send(frames.arp(one.mac, one.address, two.address))
    assert other.hears(frames.arp(one.mac, one.address, two.address)[14:], HEARD_S)
    wire.send(frames.ethernet(one.mac, "33:33:00:00:00:01", frames.IPV6, claim))
    assert other.hears(claim[-16:], HEARD_S)


def test_only_what_a_rule_names_comes_in_and_answers_go_out(host: Host) -> None:
    web = GuardRule(Direction.INGRESS, EtherType.IPV4, "udp", 80, 80)
    one, wire = host.plug(1)
    two, other = host.plug(2, (ALL_OUT, web))
    refused = frames.ipv4(one.address, two.address, frames.UDP, frames.udp(1234, 81, b"refused"))
    ping = frames.ipv4(one.address, two.address, frames.ICMP, frames.ping(b"refused"))
    answer = frames.ipv4(two.address, one.address, frames.UDP, frames.udp(80, 1234, b"answer"))

    wire.send(frames.ethernet(one.mac, two.mac, frames.IPV4, refused))
    wire.send(frames.ethernet(one.mac, two.mac, frames.IPV4, ping))
    wire.send(hello(one, two))

    assert other.hears(b"hello", HEARD_S)
    assert not other.hears(b"refused", SILENCE_S)
    other.send(frames.ethernet(two.mac, one.mac, frames.IPV4, answer))
    assert wire.hears(b"answer", HEARD_S)


def test_a_changed_rule_is_in_force_on_a_plugged_port(host: Host) -> None:
    (one, wire), (two, other) = host.plug(1), host.plug(2, (ALL_OUT,))
    wire.send(hello(one, two))
    assert not other.hears(b"hello", SILENCE_S)

    host.bridges.guard(host.network_id, [replace(two.guard, rules=EVERYTHING)])
    wire.send(hello(one, two))

    assert other.hears(b"hello", HEARD_S)


def test_a_connection_that_is_not_allowed_any_more_is_cut_and_others_go_on(host: Host) -> None:
    ports = [GuardRule(Direction.INGRESS, EtherType.IPV4, "udp", port, port) for port in (80, 81)]
    one, wire = host.plug(1)
    two, other = host.plug(2, tuple(ports))

    def say(port: int, words: bytes) -> None:
        packet = frames.ipv4(one.address, two.address, frames.UDP, frames.udp(1234, port, words))
        wire.send(frames.ethernet(one.mac, two.mac, frames.IPV4, packet))

    def answer(port: int, words: bytes) -> None:
        packet = frames.ipv4(two.address, one.address, frames.UDP, frames.udp(port, 1234, words))
        other.send(frames.ethernet(two.mac, one.mac, frames.IPV4, packet))

    for port in (80, 81):
        say(port, b"begin")
        assert other.hears(b"begin", HEARD_S)
        answer(port, b"known")
        assert wire.hears(b"known", HEARD_S)
    host.bridges.guard(host.network_id, [replace(two.guard, rules=(ports[1],))])

    say(80, b"cut")
    answer(80, b"cut too")
    assert not other.hears(b"cut", SILENCE_S)
    assert not wire.hears(b"cut too", SILENCE_S)
    say(81, b"goes on")
    answer(81, b"and answers")
    assert other.hears(b"goes on", HEARD_S)
    assert wire.hears(b"and answers", HEARD_S)


def test_a_rule_for_a_group_is_for_its_members_of_the_moment(host: Host) -> None:
    group = str(uuid.uuid4())
    friends = GuardRule(Direction.INGRESS, EtherType.IPV4, remote_group_id=group)
    one, wire = host.plug(1)
    two, other = host.plug(2, (friends,))
    wire.send(hello(one, two))
    assert not other.hears(b"hello", SILENCE_S)

    host.bridges.guard(host.network_id, [two.guard], {group: (one.address, "10.99.0.0/24")})
    wire.send(hello(one, two))
    assert other.hears(b"hello", HEARD_S)
    host.bridges.guard(host.network_id, [two.guard], {group: ("10.99.0.0/24",)})
    wire.send(hello(one, two))

    assert not other.hears(b"hello", SILENCE_S)


def test_one_bad_rule_does_not_block_the_others(host: Host) -> None:
    one, wire = host.plug(1)
    two, other = host.plug(2, (ALL_OUT,))
    bad = GuardRule(Direction.INGRESS, EtherType.IPV4, "no such protocol")

    host.bridges.guard(host.network_id, [replace(two.guard, rules=(bad, *EVERYTHING))])
    wire.send(hello(one, two))

    assert other.hears(b"hello", HEARD_S)


def test_a_card_that_is_plugged_again_keeps_the_rules_that_it_has_now(host: Host) -> None:
    one, wire = host.plug(1)
    two, other = host.plug(2)
    host.bridges.guard(host.network_id, [replace(two.guard, rules=(ALL_OUT,))])

    host.bridges.plug(two)  # as its machine knows it
    wire.send(hello(one, two))

    assert not other.hears(b"hello", SILENCE_S)


def test_a_book_is_enforced_where_it_differs_and_cards_are_told_of(host: Host) -> None:
    plugged: list[bool] = []
    host.bridges.watch_plugs(lambda: plugged.append(True))
    one, wire = host.plug(1)
    two, other = host.plug(2, (ALL_OUT,))
    guards = (one.guard, replace(two.guard, rules=EVERYTHING))

    assert host.bridges.enforce(GuardBook("abc", {host.network_id: guards}, {}))
    wire.send(hello(one, two))

    assert other.hears(b"hello", HEARD_S)
    assert plugged == [True, True]


def discover(card: Card) -> bytes:
    """Return a guest's question for an address."""
    hardware = frames.mac(card.mac)
    bootp = struct.pack("!BBBBIHHIIII", 1, 1, 6, 0, 7, 0, 0x8000, 0, 0, 0, 0)
    bootp += hardware.ljust(16, b"\0") + bytes(192) + bytes((99, 130, 83, 99, 53, 1, 1, 255))
    packet = frames.ipv4("0.0.0.0", "255.255.255.255", frames.UDP, frames.udp(68, 67, bootp))
    return frames.ethernet(card.mac, frames.BROADCAST, frames.IPV4, packet)


def test_a_guest_is_offered_exactly_its_address(host: Host) -> None:
    card, wire = host.plug(1)

    wire.send(discover(card))

    assert wire.hears(
        IPv4Address(card.address).packed + IPv4Address(SERVICE_ADDRESS).packed, HEARD_S
    )


def test_an_address_that_was_leased_serves_its_next_owner(host: Host) -> None:
    keeper, _ = host.plug(2)
    card, wire = host.plug(1)
    wire.send(discover(card))
    assert wire.hears(IPv4Address(card.address).packed, HEARD_S)
    host.bridges.unplug(card.instance_id)

    successor = make_card(1, network_id=host.network_id, rules=EVERYTHING)
    guard = replace(successor.guard, mac="fa:16:3e:00:00:77")
    successor = replace(successor, guard=guard)
    host.bridges.plug(successor)
    next_wire = Cable(host.bridges.open_cable(host.network_id, successor.port_id))
    host.cables.append(next_wire)
    next_wire.send(discover(successor))

    assert next_wire.hears(IPv4Address(card.address).packed, HEARD_S)
    assert keeper.address != successor.address


def test_metadata_is_served_inside_of_the_network(host: Host) -> None:
    host.plug(1)

    def ask() -> bytes:
        with socket.create_connection(("169.254.169.254", 80), HEARD_S) as connection:
            connection.sendall(b"GET /openstack/ HTTP/1.0\r\n\r\n")
            return connection.recv(4096)

    # The host itself asks: it is no guest, so it is told nothing, in good HTTP
    assert host.namespace.call(ask).startswith(b"HTTP/1.1 404")


def test_a_next_daemon_makes_again_what_is_missing(host: Host) -> None:
    card, _ = host.plug(1)
    host.bridges.close()
    host.namespace.remove()  # as after a reboot

    bridges = Bridges(host.root / "cards", host.runtime)
    bridges.recover()
    cable = Cable(bridges.open_cable(host.network_id, card.port_id))
    cable.send(discover(card))

    assert cable.hears(IPv4Address(card.address).packed, HEARD_S)
    cable.close()
    bridges.close()


def test_repeating_a_plug_changes_nothing(host: Host) -> None:
    card, _ = host.plug(1)
    before = host.pids()

    host.bridges.plug(card)

    assert host.pids() == before


def test_the_last_guest_takes_the_network_along(host: Host) -> None:
    (one, _), (two, _) = host.plug(1), host.plug(2)

    host.bridges.unplug(one.instance_id)
    assert host.namespace.exists()
    host.bridges.unplug(two.instance_id)
    host.bridges.unplug(two.instance_id)

    assert not host.namespace.exists()
    assert list(host.runtime.glob("*/*")) == []
    assert host.bridges.strays() == []


def test_what_no_card_needs_is_removed_by_the_next_daemon(host: Host) -> None:
    host.plug(1)
    host.bridges._files.forget_network(host.network_id)

    assert host.bridges.strays() == [host.network_id]
    host.bridges.recover()

    assert host.bridges.strays() == []
    assert not host.namespace.exists()


def test_a_port_that_is_not_plugged_in_has_no_cable(host: Host) -> None:
    card, _ = host.plug(1)

    with pytest.raises(NotFound) as refused:
        host.bridges.open_cable(host.network_id, str(uuid.uuid4()))

    assert refused.value.code == "port-not-plugged"
    assert tap_of(card.port_id)
