"""Ethernet frames, made by hand: what a guest with bad intentions would send."""

from __future__ import annotations

import os
import select
import struct
import time
from ipaddress import IPv4Address, IPv6Address

VNET_HEADER = bytes(10)  # taps are opened with it: no checksum or segment left to do
BROADCAST = "ff:ff:ff:ff:ff:ff"
ARP, IPV4, IPV6, VLAN = 0x0806, 0x0800, 0x86DD, 0x8100
ICMP, UDP, ICMPV6 = 1, 17, 58


def mac(text: str) -> bytes:
    """Return the bytes of a MAC."""
    return bytes.fromhex(text.replace(":", ""))


def ethernet(source: str, target: str, kind: int, payload: bytes) -> bytes:
    """Return a frame."""
    return mac(target) + mac(source) + struct.pack("!H", kind) + payload


def tagged(frame: bytes, vlan: int) -> bytes:
    """Return a frame with a VLAN's tag."""
    return frame[:12] + struct.pack("!HH", VLAN, vlan) + frame[12:]


def arp(sender_mac: str, sender: str, wanted: str, source: str | None = None) -> bytes:
    """Return the question who has ``wanted``."""
    body = struct.pack("!HHBBH", 1, IPV4, 6, 4, 1)
    body += mac(sender_mac) + IPv4Address(sender).packed + bytes(6) + IPv4Address(wanted).packed
    return ethernet(source or sender_mac, BROADCAST, ARP, body)


def ipv4(source: str, target: str, protocol: int, payload: bytes) -> bytes:
    """Return an IPv4 packet."""
    addresses = IPv4Address(source).packed + IPv4Address(target).packed
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0) + addresses
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ipv6(source: str, target: str, protocol: int, payload: bytes) -> bytes:
    """Return an IPv6 packet."""
    head = struct.pack("!IHBB", 6 << 28, len(payload), protocol, 255)
    return head + IPv6Address(source).packed + IPv6Address(target).packed + payload


def udp(source_port: int, target_port: int, payload: bytes = b"hello") -> bytes:
    """Return a UDP datagram without a checksum."""
    return struct.pack("!HHHH", source_port, target_port, 8 + len(payload), 0) + payload


def ping(payload: bytes = b"hello") -> bytes:
    """Return an ICMP echo request."""
    body = struct.pack("!BBHHH", 8, 0, 0, 1, 1) + payload
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


def neighbour_advertisement(source: str, claimed: str, target: str) -> bytes:
    """Return the claim to have the address ``claimed``."""
    body = struct.pack("!BBHI", 136, 0, 0, 0x20000000) + IPv6Address(claimed).packed
    return icmpv6(source, target, body)


def router_advertisement(source: str, target: str) -> bytes:
    """Return the claim to be a router."""
    return icmpv6(source, target, struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0))


def icmpv6(source: str, target: str, body: bytes) -> bytes:
    """Return an IPv6 packet with an ICMPv6 message, its checksum right."""
    pseudo = IPv6Address(source).packed + IPv6Address(target).packed
    pseudo += struct.pack("!IHBB", len(body), 0, 0, ICMPV6)
    body = body[:2] + struct.pack("!H", checksum(pseudo + body)) + body[4:]
    return ipv6(source, target, ICMPV6, body)


def checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Cable:
    """A tap in the hands of a test, in the place of a guest."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def send(self, frame: bytes) -> None:
        """Put a frame on the wire."""
        os.write(self._fd, VNET_HEADER + frame)

    def hears(self, part: bytes, within_s: float) -> bool:
        """Return whether a frame comes that holds ``part``."""
        until_s = time.monotonic() + within_s
        while (left_s := until_s - time.monotonic()) > 0:
            ready, _, _ = select.select([self._fd], [], [], left_s)
            if ready and part in os.read(self._fd, 65_536):
                return True
        return False

    def close(self) -> None:
        """Pull it out."""
        os.close(self._fd)
