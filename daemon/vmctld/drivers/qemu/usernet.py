"""User-mode networking: QEMU plays the network itself, so no root and nothing on the host.

Each port is a network of its own with one guest on it.  QEMU answers DHCP with exactly the
address that was allocated.  Guests cannot reach each other; one TCP port on 127.0.0.1 leads to
the first port's SSH.
"""

from __future__ import annotations

import ipaddress
import socket

from vmctld.domain.network import PortWiring
from vmctld.errors import NotSupported

# Reach in, not out: without this a guest's packets leave as the daemon's own, to 127.0.0.1's
# services and to 169.254.169.254, which on a cloud host hands out the host's credentials.
# Guests that may reach out come with the bridge driver, whose rules tell them apart.
RESTRICTED = True

KIND = "user"
GUEST_SSH_PORT = 22
SMALLEST_PREFIX = 4  # QEMU takes 4 to 32
LARGEST_PREFIX = 30  # a guest, its gateway, and one address for QEMU's name server


def netdev_of(port: PortWiring, ssh_port: int | None) -> dict[str, object]:
    """Return QEMU's ``-netdev`` for ``port``; with ``ssh_port`` that one on the host leads in."""
    if port.kind != KIND:
        raise NotSupported(
            f"User-mode networking does not wire ports of the kind {port.kind!r}.",
            code="port-kind-not-supported",
        )
    network = ipaddress.IPv4Network(port.cidr)
    if not SMALLEST_PREFIX <= network.prefixlen <= LARGEST_PREFIX:
        raise NotSupported(
            f"User-mode networking serves /{SMALLEST_PREFIX} to /{LARGEST_PREFIX} networks,"
            f" not {network}.",
            code="subnet-size-not-supported",
        )
    guest = ipaddress.IPv4Address(port.address)
    netdev: dict[str, object] = {
        "type": "user",
        "id": netdev_id(port),
        "ipv6": False,
        "restrict": RESTRICTED,
        "net": str(network),
        "host": str(_gateway(port, network, guest)),
        "dhcpstart": str(guest),  # the first to ask gets the first address, and only one asks
        # Must differ from the two above: nobody has the network's own address.  It is not
        # offered to the guest while the network is restricted.
        "dns": str(network.network_address),
    }
    if ssh_port is not None:
        rule = f"tcp:127.0.0.1:{ssh_port}-{guest}:{GUEST_SSH_PORT}"
        netdev["hostfwd"] = [{"str": rule}]
    return netdev


def netdev_id(port: PortWiring) -> str:
    """Return the name of the port's end inside QEMU."""
    return f"net-{port.port_id}"


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that is free now; somebody may be faster in taking it."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Return whether nobody listens on the port of 127.0.0.1 now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As QEMU does: connections of an earlier listener that linger do not matter.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _gateway(
    port: PortWiring, network: ipaddress.IPv4Network, guest: ipaddress.IPv4Address
) -> ipaddress.IPv4Address:
    """Return the address that QEMU itself has on the network."""
    if port.gateway is not None:
        return ipaddress.IPv4Address(port.gateway)
    return next(address for address in network.hosts() if address != guest)
