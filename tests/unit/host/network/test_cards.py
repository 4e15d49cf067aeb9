"""Cards as files: all of them come back, and none is readable by others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.support.cards import NETWORK_ID, make_card
from vmctld.domain.firewall import AddressPair, Direction, EtherType, GuardRule
from vmctld.host.network.cards import CardFiles

RULES = (
    GuardRule(Direction.EGRESS, EtherType.IPV6),
    GuardRule(Direction.INGRESS, EtherType.IPV4, "icmp", 8, 0, remote=()),
    GuardRule(Direction.INGRESS, EtherType.IPV4, "tcp", 1, 2, remote=("10.0.0.0/8",)),
)


def test_a_card_comes_back_as_it_was(tmp_path: Path) -> None:
    card = make_card(1, rules=RULES)
    pairs = (AddressPair("10.9.0.0/24", "fa:16:3e:00:00:09"),)
    subnet = replace(card.subnet, routes=(("10.9.0.0/16", "10.77.0.9"),), dns_servers=("9.9.9.9",))
    card = replace(card, guard=replace(card.guard, pairs=pairs), subnet=subnet)

    CardFiles(tmp_path).save(card)

    assert CardFiles(tmp_path).of_network(NETWORK_ID) == [card]
    assert CardFiles(tmp_path).networks() == [NETWORK_ID]


def test_nobody_else_reads_what_a_guest_is_told(tmp_path: Path) -> None:
    files = CardFiles(tmp_path / "cards")
    files.save(make_card(1))

    modes = {path: path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}

    assert set(modes.values()) == {0o700, 0o600}


def test_a_file_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    files, card = CardFiles(tmp_path), make_card(1)
    files.save(card)
    (tmp_path / NETWORK_ID / "broken.json").write_text("{")

    assert files.of_network(NETWORK_ID) == [card]


def test_whom_groups_stand_for_is_kept_and_replaced(tmp_path: Path) -> None:
    files, card = CardFiles(tmp_path), make_card(1)
    files.save(card)

    assert files.members(NETWORK_ID) == {}
    files.save_members(NETWORK_ID, {"g": ("10.0.0.1",)})
    files.save_members(NETWORK_ID, {"g": ("10.0.0.1", "10.0.0.2")})
    assert files.members(NETWORK_ID) == {"g": ("10.0.0.1", "10.0.0.2")}
    assert files.of_network(NETWORK_ID) == [card]
    (tmp_path / NETWORK_ID / "members").write_text("[")
    assert files.members(NETWORK_ID) == {}


def test_a_guest_s_password_is_kept_once(tmp_path: Path) -> None:
    files, card = CardFiles(tmp_path), make_card(1)
    files.save(card)

    assert files.keep_password(NETWORK_ID, card.instance_id, b"first")
    assert not files.keep_password(NETWORK_ID, card.instance_id, b"second")
    assert files.password(NETWORK_ID, card.instance_id) == b"first"


def test_a_forgotten_network_leaves_nothing(tmp_path: Path) -> None:
    files, card = CardFiles(tmp_path), make_card(1)
    files.save(card)
    files.forget(card)
    files.forget(card)

    files.forget_network(NETWORK_ID)

    assert files.networks() == []
