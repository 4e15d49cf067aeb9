"""Until a changed rule of a security group is in force at all ports of one network on a host.

The way is the real one but for the wire: the rule is kept in the database, the host is told,
asks what to enforce, and its kernel takes it.  The floor is that kernel with the same rules.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

from bench.table import Row
from vmctld.compute.agent.guarding import Guarding
from vmctld.domain.clock import utc_now
from vmctld.domain.firewall import GuardBook
from vmctld.domain.identity import Caller, Role, TokenKind
from vmctld.domain.instance import Nic
from vmctld.domain.network import PortWiring, SubnetRequest
from vmctld.domain.security_group import RuleRequest
from vmctld.host.network.bridges import Bridges
from vmctld.host.network.cards import Card, CardFiles
from vmctld.host.network.dhcp import ServedSubnet
from vmctld.host.network.names import namespace_of, owner_of
from vmctld.host.network.namespace import Namespace
from vmctld.host.network.rules import ruleset
from vmctld.network.service import NetworkService
from vmctld.storage.database import Database, sqlite_url
from vmctld.storage.schema import ensure_schema

PORTS = 200
CHANGES = 5
WANTED_S = 5.0
HOST = "here"


def measure() -> list[Row]:
    """Return how long rule changes take, the floor first; nothing where we are not root."""
    if os.geteuid() != 0:
        return [Row("a rule change", "not root: no bridges here", "", "")]
    with (
        tempfile.TemporaryDirectory(prefix="vmctl-bench-") as scratch,
        tempfile.TemporaryDirectory(prefix="vmctl-bench-", dir="/run") as runtime,
    ):
        Path(runtime).chmod(0o711)  # dnsmasq is another user, and has to get to its files
        world = _World(Path(scratch), Path(runtime))
        try:
            return world.rows()
        finally:
            world.close()


class _World:
    """A database, a host and a network with many ports."""

    def __init__(self, scratch: Path, runtime: Path) -> None:
        self._database = Database(sqlite_url(scratch / "vmctl.db"))
        ensure_schema(self._database)
        self._service = NetworkService(self._database, utc_now, port_kind="bridge", tell=self._tell)
        caller = _caller(TokenKind.USER, "bench")
        self._network_id = self._service.networks.create_network(caller, "bench").id
        request = SubnetRequest(self._network_id, "10.30.0.0/16")
        self._service.subnets.create_subnet(caller, request)
        cards = scratch / "cards"
        files = CardFiles(cards)
        for _ in range(PORTS):
            files.save(self._card())
        self._bridges = Bridges(cards, runtime)
        self._bridges.recover()
        self._files = files
        self._namespace = Namespace(namespace_of(owner_of(cards), self._network_id))
        self._in_force = threading.Event()
        self._guarding = Guarding(self, self)
        self._guarding.start()

    def book(self, digest: str) -> GuardBook | None:
        """Return what the host is to enforce."""
        return self._service.guards.of_host(_caller(TokenKind.SERVICE, "agent"), HOST, digest)

    def enforce(self, book: GuardBook) -> bool:
        """Enforce it."""
        complete = self._bridges.enforce(book)
        self._in_force.set()
        return complete

    def rows(self) -> list[Row]:
        """Return the figures."""
        self._in_force.wait()
        taken = [self._change(number) for number in range(CHANGES)]
        guards = [card.guard for card in self._files.of_network(self._network_id)]
        text = ruleset(guards, self._files.members(self._network_id))
        began = time.perf_counter()
        self._namespace.run(["nft", "-f", "-"], text)
        floor_s = time.perf_counter() - began
        median_s = statistics.median(taken)
        return [
            Row(f"nft, {PORTS} ports", f"{floor_s * 1000:.0f} ms", "1.0 x", ""),
            Row(
                f"a rule change in force, {PORTS} ports",
                f"median {median_s * 1000:.0f} ms, worst {max(taken) * 1000:.0f} ms",
                f"{median_s / floor_s:.1f} x nft",
                f"{WANTED_S:.0f} s",
            ),
        ]

    def close(self) -> None:
        """Leave nothing."""
        self._guarding.stop()
        for card in self._files.of_network(self._network_id):
            self._files.forget(card)
        self._bridges.close()
        self._bridges.recover()
        self._database.close()

    def _change(self, number: int) -> float:
        self._in_force.clear()
        began = time.perf_counter()
        self._service.security_groups.create_rule(
            _caller(TokenKind.USER, "bench"),
            "default",
            RuleRequest(protocol="tcp", first=number + 1),
        )
        self._in_force.wait()
        return time.perf_counter() - began

    def _tell(self, hosts: Iterable[str]) -> None:
        if HOST in hosts:
            self._guarding.nudge()

    def _card(self) -> Card:
        instance_id, port_id = str(uuid.uuid4()), str(uuid.uuid4())
        (wiring,) = self._service.builds.ensure_ports(
            _caller(TokenKind.BUILD, "bench", instance_id),
            instance_id,
            HOST,
            [Nic(port_id, self._network_id)],
        )
        return _card_of(instance_id, wiring)


def _card_of(instance_id: str, wiring: PortWiring) -> Card:
    assert wiring.guard is not None
    return Card(
        instance_id=instance_id,
        network_id=wiring.network_id,
        hostname=f"host-{wiring.address.replace('.', '-')}",
        address=wiring.address,
        mtu_bytes=wiring.mtu_bytes,
        subnet=ServedSubnet(wiring.subnet_id, wiring.cidr, wiring.service_address, wiring.gateway),
        guard=wiring.guard,
        files={},
    )


def _caller(kind: TokenKind, name: str, instance_id: str | None = None) -> Caller:
    return Caller(
        token_id="",
        kind=kind,
        user_id=name,
        user_name=name,
        project_id="bench",
        project_name="bench",
        roles=frozenset({Role.MEMBER}) if kind is not TokenKind.SERVICE else frozenset(),
        expires_at=utc_now(),
        instance_id=instance_id,
        attempt=1 if instance_id else None,
    )
