"""What is missing of a network on its host."""

from __future__ import annotations

from typing import Any

from tests.support.cards import SUBNET, make_card
from vmctld.host.network.segment import lease_of, missing_links, subnets_of

BRIDGE: dict[str, Any] = {
    "ifname": "br0",
    "mtu": 1450,
    "flags": ["UP"],
    "addr_info": [
        {"local": "169.254.169.254", "prefixlen": 32},
        {"local": "10.77.0.2", "prefixlen": 24},
    ],
}


def test_nothing_is_done_where_all_is_there() -> None:
    assert list(missing_links([BRIDGE], [SUBNET], 1450)) == []


def test_a_new_network_gets_its_bridge_before_its_addresses() -> None:
    lines = list(missing_links([], [SUBNET], 1450))

    assert lines[0].startswith("link add br0 mtu 1450 type bridge")
    assert lines[1:] == [
        "addr add 169.254.169.254/32 dev br0",
        "addr add 10.77.0.2/24 dev br0",
        "link set br0 up",
    ]


def test_what_a_crash_left_out_is_added() -> None:
    half = {**BRIDGE, "flags": [], "addr_info": BRIDGE["addr_info"][:1], "mtu": 1500}

    assert list(missing_links([half], [SUBNET], 1450)) == [
        "link set br0 mtu 1450",
        "addr add 10.77.0.2/24 dev br0",
        "link set br0 up",
    ]


def test_a_subnet_of_many_cards_is_served_once() -> None:
    cards = [make_card(1), make_card(2)]

    assert subnets_of(cards) == [SUBNET]
    assert [lease_of(card).address for card in cards] == ["10.77.0.11", "10.77.0.12"]
