"""Network cards as QEMU takes them, on its command line and over its monitor."""

from __future__ import annotations

from vmctld.domain.network import PortWiring
from vmctld.drivers.qemu.usernet import netdev_id


def card_id(port_id: str) -> str:
    """Return the card's name inside QEMU."""
    return f"port-{port_id}"


def card_device(port: PortWiring) -> dict[str, object]:
    """Return the guest's side of a card."""
    return {
        "driver": "virtio-net-pci",
        "id": card_id(port.port_id),
        "netdev": netdev_id(port),
        "mac": port.mac,
        "host_mtu": port.mtu_bytes,
        "romfile": "",  # nobody boots from the network here
    }


def tap_end(port: PortWiring, descriptor: str) -> dict[str, object]:
    """Return the host's side of a bridged card, over a tap that QEMU holds under that name."""
    return {"type": "tap", "id": netdev_id(port), "fd": descriptor, "vhost": False}
