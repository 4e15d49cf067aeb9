"""The guests' network cards of this host, written down: what is to be there, whatever happens.

One file a card, 0600, replaced whole.  Namespaces, rules and servers are made again from these
files after a crash or a reboot, and what no file speaks of is nobody's.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import structlog

from vmctld.domain.firewall import (
    AddressPair,
    Direction,
    EtherType,
    GuardRule,
    PortGuard,
)
from vmctld.host.network.dhcp import ServedSubnet

log = structlog.get_logger(__name__)

VERSION = 1
MEMBERS = "members"  # the file that says whom groups stand for


@dataclass(frozen=True, slots=True)
class Card:
    """One card: its guest, its place, what is enforced there, and what its guest may read."""

    instance_id: str
    network_id: str
    hostname: str
    address: str
    mtu_bytes: int
    subnet: ServedSubnet
    guard: PortGuard
    files: Mapping[str, bytes] = field(repr=False)  # the documents of the metadata service

    @property
    def port_id(self) -> str:
        """Whose cable it is."""
        return self.guard.port_id

    @property
    def mac(self) -> str:
        """What the guest's card has."""
        return self.guard.mac


class CardFiles:
    """The files, under one directory.  Whoever writes a network's holds its lock."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def save(self, card: Card) -> None:
        """Write one down, or replace it."""
        directory = self._root / card.network_id
        directory.mkdir(mode=0o700, exist_ok=True)
        _write(directory / f"{card.port_id}.json", json.dumps(_to_json(card)))

    def forget(self, card: Card) -> None:
        """Delete one; absent is fine."""
        (self._root / card.network_id / f"{card.port_id}.json").unlink(missing_ok=True)

    def forget_network(self, network_id: str) -> None:
        """Delete a network's directory; absent is fine."""
        shutil.rmtree(self._root / network_id, ignore_errors=True)

    def networks(self) -> list[str]:
        """Return the ids of the networks that have cards here, or had some before a crash."""
        return sorted(path.name for path in self._root.iterdir() if path.is_dir())

    def of_network(self, network_id: str) -> list[Card]:
        """Return a network's cards, the oldest port id first."""
        cards = []
        for path in sorted((self._root / network_id).glob("*.json")):
            try:
                cards.append(_from_json(json.loads(path.read_text())))
            except FileNotFoundError:
                continue
            except (ValueError, KeyError, TypeError):
                log.exception("a card's file cannot be read", path=str(path))
        return cards

    def save_members(self, network_id: str, members: Mapping[str, Sequence[str]]) -> None:
        """Write down whom the groups stand for that the cards' rules name."""
        if members != self.members(network_id):
            text = json.dumps({group_id: [*some] for group_id, some in members.items()})
            _write(self._root / network_id / MEMBERS, text)

    def members(self, network_id: str) -> dict[str, tuple[str, ...]]:
        """Return whom groups stand for; what was never written or cannot be read is nobody."""
        try:
            kept = json.loads((self._root / network_id / MEMBERS).read_text())
            return {group_id: tuple(map(str, some)) for group_id, some in kept.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError):
            log.exception("the members of groups cannot be read", network_id=network_id)
            return {}

    def keep_password(self, network_id: str, instance_id: str, password: bytes) -> bool:
        """Keep what a guest encrypted, once; False when there is one already."""
        path = self._root / network_id / f"{instance_id}.password"
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            return False
        with os.fdopen(fd, "wb") as file:
            file.write(password)
        return True

    def password(self, network_id: str, instance_id: str) -> bytes:
        """Return what a guest encrypted; nothing if it did not."""
        try:
            return (self._root / network_id / f"{instance_id}.password").read_bytes()
        except FileNotFoundError:
            return b""


def _write(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(text)
    part.replace(path)


def _to_json(card: Card) -> dict[str, Any]:
    fields = asdict(card)
    files = {name: base64.b64encode(data).decode() for name, data in card.files.items()}
    return {**fields, "files": files, "version": VERSION}


def _from_json(fields: dict[str, Any]) -> Card:
    if fields.pop("version") != VERSION:
        raise ValueError("a card's file of another version")
    subnet = fields.pop("subnet")
    routes = tuple((cidr, hop) for cidr, hop in subnet.pop("routes"))
    files = {name: base64.b64decode(data) for name, data in fields.pop("files").items()}
    return Card(
        **{**fields, "guard": _guard(fields["guard"]), "files": files},
        subnet=ServedSubnet(
            **{**subnet, "dns_servers": tuple(subnet["dns_servers"]), "routes": routes}
        ),
    )


def _guard(fields: dict[str, Any]) -> PortGuard:
    rules = tuple(_rule(rule) for rule in fields.pop("rules"))
    pairs = tuple(AddressPair(**pair) for pair in fields.pop("pairs"))
    addresses = tuple(fields.pop("addresses"))
    return PortGuard(**fields, addresses=addresses, rules=rules, pairs=pairs)


def _rule(fields: dict[str, Any]) -> GuardRule:
    remote = fields.pop("remote")
    return GuardRule(
        **{
            **fields,
            "direction": Direction(fields["direction"]),
            "ether_type": EtherType(fields["ether_type"]),
        },
        remote=None if remote is None else tuple(remote),
    )
