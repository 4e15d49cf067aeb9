"""What has to be done to a router's cards, as lines of ``ip -batch``."""

from __future__ import annotations

from typing import Any

from vmctld.host.network.router import Card, changed_links, is_bridge

CARD = Card(
    name="qr1a2b3c4d1111",
    mac="fa:16:3e:00:10:01",
    mtu_bytes=1450,
    addresses=("10.30.0.1/24", "203.0.113.9/32"),
    peer="qe1a2b3c4d1111",
    peer_namespace="vmctl-000000-7c1f4a601111",
)


def a_link(*addresses: str) -> dict[str, Any]:
    """Return a card as ``ip -j address`` tells of it."""
    info = [
        {"family": "inet", "local": local, "prefixlen": int(prefix)}
        for local, _, prefix in (address.partition("/") for address in addresses)
    ]
    return {"ifname": CARD.name, "addr_info": info}


def test_a_card_that_is_missing_is_made_with_its_other_end_in_its_network() -> None:
    lines = [*changed_links({}, [CARD])]

    assert lines[0].startswith(f"link add {CARD.name} mtu 1450 address {CARD.mac} type veth")
    assert lines[0].endswith(f"peer name {CARD.peer} mtu 1450 netns {CARD.peer_namespace}")
    assert lines[1:] == [f"addr add {one} dev {CARD.name}" for one in CARD.addresses]


def test_a_card_that_is_as_it_should_be_is_left_alone() -> None:
    assert [*changed_links({CARD.name: a_link(*CARD.addresses)}, [CARD])] == []


def test_an_address_that_leads_elsewhere_is_taken_off() -> None:
    there = {CARD.name: a_link(*CARD.addresses, "203.0.113.8/32")}

    assert [*changed_links(there, [CARD])] == [f"addr del 203.0.113.8/32 dev {CARD.name}"]


def test_a_card_that_nobody_wants_is_removed_and_the_loopback_is_not() -> None:
    there = {"lo": {"ifname": "lo", "addr_info": []}, CARD.name: a_link()}

    assert [*changed_links(there, [])] == [f"link del {CARD.name}"]


def test_no_path_is_taken_for_a_bridge() -> None:
    assert not is_bridge("../../etc")
    assert not is_bridge("")
    assert not is_bridge("lo")
