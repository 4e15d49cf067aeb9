"""What a router lets pass and whose address it puts on it: the text that nftables loads.

Loaded in one transaction and before any card is up.  What is not named is dropped: nothing comes
from outside but answers, and what is for a floating address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, collapse_addresses

from vmctld.domain.router import RouterPlan
from vmctld.host.network.names import leg_of, uplink_of


def router_ruleset(plan: RouterPlan) -> str:
    """Return the text for ``nft -f -``."""
    lines = ["table ip vmctl", "delete table ip vmctl", "table ip vmctl {"]
    lines += _chain("prerouting", "nat", "prerouting", -100, "accept", _to_guests(plan))
    lines += _chain("postrouting", "nat", "postrouting", 100, "accept", _from_guests(plan))
    lines += _chain("forward", "filter", "forward", 0, "drop", _forwarded(plan))
    lines += _chain("input", "filter", "input", 0, "drop", _for_itself())
    return "\n".join([*lines, "}"]) + "\n"


def _chain(
    name: str, kind: str, hook: str, priority: int, policy: str, rules: Iterable[str]
) -> Iterator[str]:
    yield f"  chain {name} {{"
    yield f"    type {kind} hook {hook} priority {priority}; policy {policy};"
    for rule in rules:
        yield f"    {rule}"
    yield "  }"


def _to_guests(plan: RouterPlan) -> Iterator[str]:
    for one in plan.forwards:
        floating, fixed = IPv4Address(one.address), IPv4Address(one.fixed_address)
        yield f"ip daddr {floating} dnat to {fixed}"


def _from_guests(plan: RouterPlan) -> Iterator[str]:
    if plan.uplink is None:
        return
    out = f'oifname "{uplink_of(plan.uplink.port_id)}"'
    for one in plan.forwards:
        floating, fixed = IPv4Address(one.address), IPv4Address(one.fixed_address)
        yield f"{out} ip saddr {fixed} snat to {floating}"
    if not plan.legs:
        return
    if _has_snat(plan):
        yield f"{out} ip saddr {_inside(plan)} snat to {IPv4Address(plan.uplink.address)}"
    # A guest that calls its neighbour by a floating address: the answer has to come this way
    inside = f"ct status dnat ip saddr {_inside(plan)}"
    yield f"oifname {_legs(plan)} {inside} masquerade"


def _forwarded(plan: RouterPlan) -> Iterator[str]:
    """Let pass what guests begin and what is for a floating address.

    Connections through a floating address that leads elsewhere now are cut.
    """
    yield "ct state invalid drop"
    floating = [str(IPv4Address(one.address)) for one in plan.forwards]
    yield _unless_among("ct status dnat ct original ip daddr", floating)
    if plan.uplink is not None:
        card = f'"{uplink_of(plan.uplink.port_id)}"'
        own = [*floating, str(IPv4Address(plan.uplink.address))] if _has_snat(plan) else floating
        for side in ("iifname", "oifname"):
            yield _unless_among(f"{side} {card} ct status snat ct reply ip daddr", own)
    yield "ct state established,related accept"
    yield "ct status dnat accept"
    if not plan.legs:
        return
    inside = f"iifname {_legs(plan)}"
    yield f"{inside} oifname {_legs(plan)} accept"
    if plan.uplink is not None:
        out = f'{inside} oifname "{uplink_of(plan.uplink.port_id)}"'
        if _has_snat(plan):
            yield f"{out} ip saddr {_inside(plan)} accept"
        elif plan.forwards:
            fixed = ", ".join(str(IPv4Address(one.fixed_address)) for one in plan.forwards)
            yield f"{out} ip saddr {{ {fixed} }} accept"


def _for_itself() -> Iterator[str]:
    yield "ct state established,related accept"
    yield "icmp type echo-request accept"


def _unless_among(what: str, addresses: list[str]) -> str:
    if not addresses:
        return f"{what.partition(' ct original')[0].partition(' ct reply')[0]} drop"
    return f"{what} != {{ {', '.join(addresses)} }} drop"


def _has_snat(plan: RouterPlan) -> bool:
    return plan.uplink is not None and plan.uplink.snat and bool(plan.uplink.address)


def _inside(plan: RouterPlan) -> str:
    ranges = collapse_addresses(IPv4Network(leg.cidr) for leg in plan.legs)
    return f"{{ {', '.join(map(str, ranges))} }}"


def _legs(plan: RouterPlan) -> str:
    return "{ " + ", ".join(f'"{leg_of(leg.port_id)}"' for leg in plan.legs) + " }"
