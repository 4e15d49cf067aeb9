"""The networks of this host, on bridges: cards plugged and unplugged, all made again when needed.

A card is written down before anything is made for it, and forgotten when nothing is left of it.
A cable lives as long as its machine; what else a network has lives as long as it has cards.
"""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import structlog

from vmctld.domain.firewall import GuardBook, PortGuard
from vmctld.errors import HypervisorFailed, NotFound, VmctlError
from vmctld.host.metadata.server import Guest, MetadataServer, listen
from vmctld.host.network.cards import Card, CardFiles
from vmctld.host.network.names import owner_of
from vmctld.host.network.release import send_release
from vmctld.host.network.rules import NOBODY
from vmctld.host.network.segment import Segment
from vmctld.observe.locks import KeyedLocks

log = structlog.get_logger(__name__)

RUNTIME_ROOT = Path("/run/vmctl")  # goes with the host's memory, as namespaces do
HELD_TIMEOUT_S = 5.0  # a QEMU that was killed lets go of its cables some milliseconds later
LOOK_S = 0.02


class Bridges:
    """All networks of one host.  Thread-safe; one for a state directory."""

    def __init__(self, state_dir: Path, runtime_root: Path = RUNTIME_ROOT) -> None:
        self._files = CardFiles(state_dir)
        self._owner = owner_of(state_dir)
        self._runtime_dir = runtime_root / self._owner
        self._locks = KeyedLocks()
        self._metadata: dict[str, MetadataServer] = {}
        self._plugged: Callable[[], None] = lambda: None
        self._on_new: Callable[[], None] = lambda: None

    def recover(self) -> None:
        """Make again what is missing and remove what nobody needs, after whatever happened."""
        for network_id in self.strays():
            self._segment(network_id).take_down()
        for network_id in self._files.networks():
            try:
                with self._locks.hold(network_id):
                    self._settle(network_id)
            except (VmctlError, OSError):
                log.exception("a network could not be made again", network_id=network_id)

    def plug(self, card: Card) -> None:
        """Have everything ready for a card; its machine opens the cable.  Repeating is fine."""
        with self._locks.hold(card.network_id):
            self._files.save(self._as_guarded(card))
            self._settle(card.network_id)
        self._plugged()

    def watch_plugs(self, plugged: Callable[[], None]) -> None:
        """Call ``plugged`` after each card: its rules may have changed while it was on its way."""
        self._plugged = plugged

    def _as_guarded(self, card: Card) -> Card:
        """Return the card with the rules that it has here: a machine knows those of its build."""
        for known in self._files.of_network(card.network_id):
            if (known.port_id, known.mac, known.address) == (card.port_id, card.mac, card.address):
                return replace(card, guard=known.guard)
        return card

    def unplug(self, instance_id: str, port_ids: Iterable[str] | None = None) -> None:
        """Forget cards of an instance, all or some; absent ones are fine."""
        wanted = None if port_ids is None else set(port_ids)
        for network_id in self._files.networks():
            with self._locks.hold(network_id):
                gone = [
                    card
                    for card in self._files.of_network(network_id)
                    if card.instance_id == instance_id
                    and (wanted is None or card.port_id in wanted)
                ]
                if gone:
                    self._forget(network_id, gone)

    def open_cable(self, network_id: str, port_id: str) -> int:
        """Return the open tap of a card that was plugged in.  Raises NotFound."""
        card = self._card(network_id, port_id)
        until_s = time.monotonic() + HELD_TIMEOUT_S
        while True:
            try:
                return self._segment(network_id).open_tap(card)
            except OSError as error:
                if error.errno != errno.EBUSY or time.monotonic() > until_s:
                    raise HypervisorFailed(
                        f"the port's cable could not be made: {error.strerror}",
                        code="host-network-failed",
                        facts={"port_id": port_id},
                    ) from error
            time.sleep(LOOK_S)

    def enforce(self, book: GuardBook) -> bool:
        """Enforce what the book says, and cut off what it does not allow; False: not all of it."""
        complete = True
        for network_id in self._files.networks():
            guards = book.networks.get(network_id, ())
            try:
                self.guard(network_id, guards, book.members)
            except (VmctlError, OSError):  # the other networks are looked at all the same
                log.exception("the rules of a network could not be changed", network_id=network_id)
                complete = False
        return complete

    def guard(
        self,
        network_id: str,
        guards: Iterable[PortGuard],
        members: Mapping[str, Sequence[str]] = NOBODY,
    ) -> None:
        """Enforce other rules at ports that are plugged in here; others are not looked at.

        ``members`` are the addresses of the groups that rules name, by group id.
        """
        wanted = {guard.port_id: guard for guard in guards}
        with self._locks.hold(network_id):
            cards = self._files.of_network(network_id)
            if not cards:
                return
            kept = [replace(card, guard=wanted.get(card.port_id, card.guard)) for card in cards]
            named = {rule.remote_group_id for card in kept for rule in card.guard.rules}
            named_here = {one: some for one, some in members.items() if one in named}
            if kept == cards and named_here == self._files.members(network_id):
                return
            self._segment(network_id).enforce(kept, named_here)
            for card, before in zip(kept, cards, strict=True):
                if card != before:
                    self._files.save(card)
            self._files.save_members(network_id, named_here)

    def connect(self, network_id: str, address: tuple[str, int], timeout_s: float) -> socket.socket:
        """Return a connection made inside of a network that has cards here.  Raises OSError."""
        namespace = self._segment(network_id).namespace
        return namespace.call(lambda: socket.create_connection(address, timeout_s))

    def watch_networks(self, on_new: Callable[[], None]) -> None:
        """Call ``on_new`` whenever a network has come to this host: routers may lead there."""
        self._on_new = on_new

    def strays(self) -> list[str]:
        """Return the ids of networks that have something here and no card."""
        known = set(self._files.networks())
        return [network_id for network_id in self._runtime_ids() if network_id not in known]

    def _runtime_ids(self) -> list[str]:
        try:
            return sorted(path.name for path in self._runtime_dir.iterdir())
        except FileNotFoundError:
            return []

    def close(self) -> None:
        """Answer no guest any more; networks and cables stay."""
        for server in list(self._metadata.values()):
            server.close()
        self._metadata.clear()

    def _settle(self, network_id: str) -> None:
        """Make a network as its cards say; the caller holds its lock."""
        cards = self._files.of_network(network_id)
        if not cards:
            self._take_down(network_id)
            return
        segment = self._segment(network_id)
        existed = segment.namespace.exists()
        segment.bring_up(cards, self._files.members(network_id))
        if not existed:  # what listened in the one before listens nowhere
            self._stop_metadata(network_id)
            self._on_new()
        if network_id not in self._metadata:
            book = _Book(network_id, self._files)
            self._metadata[network_id] = MetadataServer(segment.namespace.call(listen), book)

    def _forget(self, network_id: str, gone: Iterable[Card]) -> None:
        segment = self._segment(network_id)
        for card in gone:
            release = partial(send_release, card.mac, card.address, card.subnet.service_address)
            with suppress(OSError, VmctlError):  # a host's reboot took the server along
                segment.namespace.call(release)
            self._files.forget(card)
        self._settle(network_id)

    def _take_down(self, network_id: str) -> None:
        self._stop_metadata(network_id)
        self._segment(network_id).take_down()
        self._files.forget_network(network_id)

    def _stop_metadata(self, network_id: str) -> None:
        server = self._metadata.pop(network_id, None)
        if server is not None:
            server.close()

    def _card(self, network_id: str, port_id: str) -> Card:
        for card in self._files.of_network(network_id):
            if card.port_id == port_id:
                return card
        raise NotFound(
            f"the port {port_id} is not plugged in on this host",
            code="port-not-plugged",
            facts={"port_id": port_id},
        )

    def _segment(self, network_id: str) -> Segment:
        return Segment(self._owner, network_id, self._runtime_dir)


class _Book:
    """The guests of one network, by address."""

    def __init__(self, network_id: str, files: CardFiles) -> None:
        self._network_id = network_id
        self._files = files

    def guest_at(self, address: str) -> Guest | None:
        """Return who has the address."""
        for card in self._files.of_network(self._network_id):
            if card.address == address:
                password = self._files.password(self._network_id, card.instance_id)
                return Guest(card.instance_id, card.files, password)
        return None

    def keep_password(self, instance_id: str, password: bytes) -> bool:
        """Keep what the guest encrypted, once."""
        return self._files.keep_password(self._network_id, instance_id, password)
