"""The topology as an SVG: networks as lines, what is on them as boxes below."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from vmctl_cli.drawing.topology import ROUTER, SERVER, Attached, DrawnNetwork, Topology
from vmctl_cli.text import harmless

BOX_WIDTH, BOX_HEIGHT, GAP, MARGIN = 190, 58, 20, 24
ROW_HEIGHT = 150  # a network's line, its name above and its boxes below
FILLS = {ROUTER: "#ffe3b3", SERVER: "#cfe8ff"}
STYLE = "font-family:sans-serif;font-size:13px"


def picture(topology: Topology) -> str:
    """Return the whole document.  What users named is text in it, and nothing else."""
    most = max((len(network.attached) for network in topology.networks), default=0)
    width = 2 * MARGIN + max(most, 3) * (BOX_WIDTH + GAP)
    height = 2 * MARGIN + max(len(topology.networks), 1) * ROW_HEIGHT
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} style="{STYLE}">',
        "<title>networks</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for row, network in enumerate(topology.networks):
        lines += _network(network, MARGIN + row * ROW_HEIGHT, width)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _network(network: DrawnNetwork, top: int, width: int) -> Iterator[str]:
    line, colour = top + 22, "#b03a2e" if network.external else "#2e6da4"
    label = f"{network.name}  {', '.join(network.subnets)}"
    yield f'<text x="{MARGIN}" y="{top + 14}" font-weight="bold">{_text(label)}</text>'
    yield (
        f'<line x1="{MARGIN}" y1="{line}" x2="{width - MARGIN}" y2="{line}"'
        f' stroke="{colour}" stroke-width="5" stroke-linecap="round"/>'
    )
    for column, card in enumerate(network.attached):
        yield from _card(card, MARGIN + column * (BOX_WIDTH + GAP), line)


def _card(card: Attached, left: int, line: int) -> Iterator[str]:
    middle, top = left + BOX_WIDTH // 2, line + 26
    yield f'<line x1="{middle}" y1="{line}" x2="{middle}" y2="{top}" stroke="#555555"/>'
    yield (
        f'<rect x="{left}" y="{top}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6"'
        f' fill="{FILLS.get(card.kind, "#eeeeee")}" stroke="#555555"/>'
    )
    texts = [f"{card.kind} {card.name}", ", ".join(card.addresses), ", ".join(card.floating_ips)]
    for number, text in enumerate(texts):
        yield f'<text x="{left + 8}" y="{top + 17 + 16 * number}">{_text(_cut(text))}</text>'


def _text(text: str) -> str:
    return escape(harmless(text))


def _cut(text: str) -> str:
    return text if len(text) <= 27 else text[:26] + "…"
