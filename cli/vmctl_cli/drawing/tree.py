"""The topology as a tree of text."""

from __future__ import annotations

from collections.abc import Iterator

from vmctl_cli.drawing.topology import Attached, Topology
from vmctl_cli.text import harmless


def tree(topology: Topology) -> Iterator[str]:
    """Yield the lines: a network, and below it what is on it."""
    for network in topology.networks:
        kind = "external network" if network.external else "network"
        ranges = ", ".join(network.subnets) or "no subnet"
        yield f"{kind} {harmless(network.name)} ({ranges})"
        last = len(network.attached) - 1
        for index, card in enumerate(network.attached):
            yield f"{'`--' if index == last else '|--'} {described(card)}"


def described(card: Attached) -> str:
    """Return one card in words: ``server web 10.30.0.9 <- 203.0.113.9``."""
    words = [card.kind, harmless(card.name), ", ".join(card.addresses)]
    if card.is_gateway:
        words.append("(gateway)")
    if card.floating_ips:
        words.append(f"<- {', '.join(card.floating_ips)}")
    return " ".join(word for word in words if word)
