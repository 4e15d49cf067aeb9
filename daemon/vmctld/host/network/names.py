"""Names on the host: made from ids alone, so no user's text is ever one.

A network card's name holds 15 bytes, so ids are cut; twelve hex digits of random ids never meet.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

BRIDGE = "br0"  # each network has a namespace of its own, so one name serves all


def owner_of(state_dir: Path) -> str:
    """Return what tells this daemon's things from those of another daemon on the host."""
    return hashlib.sha256(str(state_dir.resolve()).encode()).hexdigest()[:6]


def namespace_prefix(owner: str) -> str:
    """Return how the names of an owner's namespaces begin."""
    return f"vmctl-{owner}-"


def namespace_of(owner: str, network_id: str) -> str:
    """Return the name of a network's namespace on this host."""
    return namespace_prefix(owner) + _digits(network_id, 12)


def router_prefix(owner: str) -> str:
    """Return how the names of an owner's routers' namespaces begin; no network's does."""
    return namespace_prefix(owner) + "r"


def router_namespace_of(owner: str, router_id: str) -> str:
    """Return the name of a router's namespace on this host."""
    return router_prefix(owner) + _digits(router_id, 12)


def leg_of(port_id: str) -> str:
    """Return the name of a router's card on a network, inside the router's namespace."""
    return "qr" + _digits(port_id, 12)


def leg_end_of(port_id: str) -> str:
    """Return the name of the other end, inside the network's namespace."""
    return "qe" + _digits(port_id, 12)


def uplink_of(port_id: str) -> str:
    """Return the name of a router's card on an external network, inside its namespace."""
    return "qg" + _digits(port_id, 12)


def uplink_end_of(port_id: str) -> str:
    """Return the name of the other end, a port of the host's own bridge."""
    return "qx" + _digits(port_id, 12)


def tap_of(port_id: str) -> str:
    """Return the name of a port's end inside its network's namespace."""
    return "tap" + _digits(port_id, 12)


def _digits(identifier: str, count: int) -> str:
    return identifier.replace("-", "")[:count]
