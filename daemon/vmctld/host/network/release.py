"""Give a lease back on behalf of a guest that is gone, so that the next one gets its address.

A DHCP server keeps an address for the card that leased it, for a day; dnsmasq forgets it early
only when told so by the card (RFC 2131, DHCPRELEASE).
"""

from __future__ import annotations

import secrets
import socket
from ipaddress import IPv4Address

SERVER_PORT = 67
MAGIC = bytes((99, 130, 83, 99))
RELEASE = bytes((53, 1, 7))
SERVER_ID = 54
END = bytes((255,))


def release_packet(mac: str, address: str, server: str) -> bytes:
    """Return a DHCPRELEASE."""
    hardware = bytes.fromhex(mac.replace(":", ""))
    head = bytes((1, 1, len(hardware), 0)) + secrets.token_bytes(4) + bytes(4)
    addresses = IPv4Address(address).packed + bytes(12)
    names = hardware.ljust(16, b"\0") + bytes(64 + 128)
    options = RELEASE + bytes((SERVER_ID, 4)) + IPv4Address(server).packed + END
    return head + addresses + names + MAGIC + options


def send_release(mac: str, address: str, server: str) -> None:
    """Send it to the server, in the namespace of the calling thread.  A lost one costs a day."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(release_packet(mac, address, server), (server, SERVER_PORT))
