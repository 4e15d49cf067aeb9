"""Network cards that come to a machine and leave it, whether it runs or not.

Its record says which cards a machine has, so the next start has the same ones.  What is missing
is found by asking QEMU, so a crash in the middle costs nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import structlog

from vmctld.domain.machine import ConfigDrive
from vmctld.domain.network import BRIDGE, PortWiring
from vmctld.drivers.base import Cables, no_machine, require_instance_id
from vmctld.drivers.qemu import usernet
from vmctld.drivers.qemu.build import with_ssh_port
from vmctld.drivers.qemu.cards import card_device, card_id, tap_end
from vmctld.drivers.qemu.files import host_failures
from vmctld.drivers.qemu.inventory import Inventory
from vmctld.drivers.qemu.launch import no_bridges
from vmctld.drivers.qemu.monitors import Monitors
from vmctld.drivers.qemu.processes import Processes
from vmctld.drivers.qemu.qmp import CommandRefused, Monitor
from vmctld.drivers.qemu.record import MachineRecord
from vmctld.errors import TimedOut
from vmctld.observe.locks import KeyedLocks

log = structlog.get_logger(__name__)

PERIPHERALS = "/machine/peripheral"
LENT = "cable"  # what the descriptor is called for the one command that takes it
LET_GO_S = 20.0  # a Linux guest takes half a second
LISTEN_S = 0.5  # others have to get a word in, too
ASK_AGAIN_S = 5.0  # as often as Linux may have missed it; a guest that boots hears nothing


class CardPlug:
    """Fills ``drivers.abilities.Wires`` for the machines of one host."""

    _inventory: Inventory
    _processes: Processes
    _monitors: Monitors
    _locks: KeyedLocks
    _cables: Cables | None

    def plug_ports(
        self, instance_id: str, ports: Sequence[PortWiring], documents: ConfigDrive | None
    ) -> None:
        """Have the machine get those of the cards that it lacks."""
        with self._locks.hold(require_instance_id(instance_id)), host_failures(instance_id):
            record = self._wired(instance_id)
            cards = replace(record.machine, ports=tuple(ports), documents=documents)
            if self._cables is not None:
                self._cables.plug(cards)
            is_first = not record.machine.ports
            plain = tuple(replace(port, guard=None) for port in ports)
            record = replace(record, machine=replace(record.machine, ports=plain))
            if is_first:
                record = with_ssh_port(record)
            self._inventory.save(record)
            if self._processes.get(instance_id) is not None:
                with self._monitors.talk(instance_id) as monitor:
                    self._plug_missing(monitor, record)

    def unplug_port(self, instance_id: str, port_id: str) -> None:
        """Take a card out, once the guest has let go of it."""
        record = self._wired(require_instance_id(instance_id))
        port = next((port for port in record.machine.ports if port.port_id == port_id), None)
        if port is not None and not self._is_out(instance_id, port_id):
            raise _held(instance_id)
        with self._locks.hold(instance_id), host_failures(instance_id):
            record = self._wired(instance_id)
            if port is not None:
                if self._processes.get(instance_id) is not None:
                    with self._monitors.talk(instance_id) as monitor:
                        _remove_end(monitor, port)
                self._inventory.save(_without(record, port_id))
            if self._cables is not None:
                self._cables.unplug(instance_id, [port_id])

    def _plug_missing(self, monitor: Monitor, record: MachineRecord) -> None:
        there = _devices(monitor)
        for index, port in enumerate(record.machine.ports):
            if card_id(port.port_id) in there:
                continue
            _remove_end(monitor, port)  # of a daemon that was killed between the two
            self._make_end(monitor, port, record.ssh_port if index == 0 else None)
            try:
                monitor.execute("device_add", **card_device(port))
            except BaseException:
                _remove_end(monitor, port)
                raise

    def _make_end(self, monitor: Monitor, port: PortWiring, ssh_port: int | None) -> None:
        if port.kind != BRIDGE:
            monitor.execute("netdev_add", **usernet.netdev_of(port, ssh_port))
            return
        if self._cables is None:
            raise no_bridges()
        fd = self._cables.open(port)
        try:
            monitor.lend(LENT, fd)
        finally:
            os.close(fd)
        monitor.execute("netdev_add", **tap_end(port, LENT))

    def _is_out(self, instance_id: str, port_id: str) -> bool:
        """Ask the guest to let go of a card; return whether it has done so in time."""
        over_at, ask_at = time.monotonic() + LET_GO_S, 0.0
        card = card_id(port_id)
        while self._processes.get(instance_id) is not None:
            with self._monitors.talk(instance_id) as monitor:
                if card not in _devices(monitor):
                    return True
                now = time.monotonic()
                if now >= over_at:
                    return False
                if now >= ask_at:
                    ask_at = now + ASK_AGAIN_S
                    with suppress(CommandRefused):  # it is being asked for already
                        monitor.execute("device_del", id=card)
                if monitor.hears("DEVICE_DELETED", min(LISTEN_S, over_at - now), device=card):
                    return True
        return True  # the machine is off

    def _wired(self, instance_id: str) -> MachineRecord:
        record = self._inventory.get(instance_id)
        if record is None:
            raise no_machine(instance_id)
        return record


def _without(record: MachineRecord, port_id: str) -> MachineRecord:
    """Return the record without a card; the way to the first card's SSH goes with that card."""
    ports = record.machine.ports
    left = tuple(port for port in ports if port.port_id != port_id)
    was_first = bool(ports) and ports[0].port_id == port_id
    return replace(
        record,
        machine=replace(record.machine, ports=left),
        ssh_port=None if was_first else record.ssh_port,
    )


def _remove_end(monitor: Monitor, port: PortWiring) -> None:
    with suppress(CommandRefused):  # there is none
        monitor.execute("netdev_del", id=usernet.netdev_id(port))


def _devices(monitor: Monitor) -> set[object]:
    answer = monitor.execute("qom-list", path=PERIPHERALS)
    rows = answer if isinstance(answer, list) else []
    return {row.get("name") for row in rows if isinstance(row, dict)}


def _held(instance_id: str) -> TimedOut:
    return TimedOut(
        f"The guest has not let go of the network card within {LET_GO_S:.0f} s.",
        code="guest-keeps-card",
        hint="A guest that is booting, or is paused, hears nothing: ask again when it runs.",
        facts={"instance_id": instance_id},
    )
