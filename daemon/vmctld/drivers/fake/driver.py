"""The fake driver: everything a driver promises, with nothing behind it.

A start costs some tens of microseconds, so that what is measured with it is the rest of the
daemon.  One instance is one host.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from vmctld.domain.machine import (
    ConfigDrive,
    Diagnostics,
    HostCapacity,
    Machine,
    MachineStatus,
    MachineVolume,
    PowerState,
)
from vmctld.domain.network import PortWiring
from vmctld.drivers.base import (
    ConsoleStream,
    console_taken,
    newer_attempt,
    no_machine,
    not_running,
    require_instance_id,
)
from vmctld.drivers.fake.console import RFB_GREETING, EchoStream, boot_text
from vmctld.drivers.fake.copies import Copies
from vmctld.drivers.fake.ledger import FakeMachine, Ledger
from vmctld.drivers.fake.shapes import Shapes

# Room for 10,000 m1.nano (1 vCPU, 128 MiB, 1 GiB) whatever the allocation ratios are.
CAPACITY = HostCapacity(vcpus=10_000, ram_mib=1_280_000, disk_gib=10_000)


class FakeDriver(Copies, Shapes):
    """Remembers machines, in memory and, with ``persist_dir``, across restarts of the daemon."""

    name = "fake"
    concurrent_starts: int | None = None

    def __init__(self, persist_dir: Path | None = None) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._ledger = Ledger(persist_dir)
        self._machines = self._ledger.load()
        self._consoles: set[str] = set()
        self._on_exit: Callable[[str], None] | None = None

    def capacity(self) -> HostCapacity:
        """Return room for 10,000 small machines."""
        return CAPACITY

    def ensure_running(self, machine: Machine) -> MachineStatus:
        """Remember ``machine`` as running; see the protocol."""
        instance_id = require_instance_id(machine.instance_id)
        with self._lock:
            here = self._machines.get(instance_id)
            if here is not None and here.attempt > machine.attempt:
                raise newer_attempt(instance_id, here.attempt, machine.attempt)
            if here is None or here.attempt < machine.attempt or not _is_on(here):
                here = self._put(
                    FakeMachine(instance_id, machine.attempt, PowerState.RUNNING, datetime.now(UTC))
                )
            return _status_of(here)

    def destroy(self, instance_id: str, attempt: int | None = None) -> None:
        """Forget the machine unless it is of a newer attempt; absent is fine."""
        with self._lock:
            here = self._machines.get(require_instance_id(instance_id))
            if here is None or (attempt is not None and here.attempt > attempt):
                return
            self._ledger.replace(here, None)
            del self._machines[instance_id]
            self.forget(instance_id)
            self.forget_copies(instance_id)

    def status(self, instance_id: str) -> MachineStatus | None:
        """Return what is remembered of the machine."""
        here = self._machines.get(instance_id)
        return _status_of(here) if here else None

    def machines(self) -> Sequence[MachineStatus]:
        """Return all machines of this host."""
        with self._lock:
            return [_status_of(machine) for machine in self._machines.values()]

    def stop(self, instance_id: str, timeout_s: float) -> None:
        """Shut the machine down at once: its guest never hangs."""
        self._change(instance_id, PowerState.SHUTDOWN)

    def start(self, instance_id: str) -> MachineStatus:
        """Start a stopped machine again."""
        with self._lock:
            here = self._existing(instance_id)
            if not _is_on(here):
                here = self._put(
                    replace(here, power=PowerState.RUNNING, started_at=datetime.now(UTC))
                )
            return _status_of(here)

    def pause(self, instance_id: str) -> None:
        """Freeze the vCPUs it does not have."""
        self._change(instance_id, PowerState.PAUSED, needs_on=True)

    def unpause(self, instance_id: str) -> None:
        """Thaw them."""
        self._change(instance_id, PowerState.RUNNING, needs_on=True)

    def suspend(self, instance_id: str) -> None:
        """Remember that its memory is kept."""
        with self._lock:
            here = self._existing(instance_id)
            if here.power is not PowerState.SUSPENDED and not _is_on(here):
                raise not_running(instance_id)
            self._put(replace(here, power=PowerState.SUSPENDED))

    def resume(self, instance_id: str) -> MachineStatus:
        """Have it go on."""
        with self._lock:
            here = self._existing(instance_id)
            if here.power is not PowerState.SUSPENDED and not _is_on(here):
                raise not_running(instance_id)
            return _status_of(self._put(replace(here, power=PowerState.RUNNING)))

    def bring_back(self, instance_id: str, token: str) -> None:
        """Make the machine what was kept, ending it first."""
        if token in self.of(instance_id)[1]:
            self.stop(instance_id, 0.0)
        super().bring_back(instance_id, token)

    def remove_rescue(self, instance_id: str, *, keep: bool = False) -> None:
        """Have it boot from its own disk again, ending it first."""
        if self.is_rescued(instance_id):
            self.stop(instance_id, 0.0)
        super().remove_rescue(instance_id, keep=keep)

    def reinsert_rescue(self, instance_id: str) -> None:
        """Have it boot from the rescue disk again, ending it first."""
        if self.has_removed(instance_id):
            self.stop(instance_id, 0.0)
        super().reinsert_rescue(instance_id)

    def attach_volume(self, instance_id: str, volume: MachineVolume) -> None:
        """Note the volume."""
        with self._lock:
            self._existing(instance_id)
            self._volumes[(instance_id, volume.attachment_id)] = volume

    def detach_volume(
        self, instance_id: str, attachment_id: str, timeout_s: float, *, force: bool = False
    ) -> None:
        """Note that it is gone: a fake guest clings to nothing."""
        with self._lock:
            self._existing(instance_id)
            self._volumes.pop((instance_id, attachment_id), None)

    def grow_volume(self, instance_id: str, attachment_id: str, size_bytes: int) -> bool:
        """Leave the file to those who have it: nothing holds it open here."""
        with self._lock:
            self._existing(instance_id)
        return False

    def plug_ports(
        self, instance_id: str, ports: Sequence[PortWiring], documents: ConfigDrive | None
    ) -> None:
        """Note the cards."""
        with self._lock:
            self._existing(instance_id)
            self._cards |= {(instance_id, port.port_id): port for port in ports}

    def unplug_port(self, instance_id: str, port_id: str) -> None:
        """Note that one is gone."""
        with self._lock:
            self._existing(instance_id)
            self._cards.pop((instance_id, port_id), None)

    def diagnostics(self, instance_id: str) -> Diagnostics:
        """Return that it has done nothing."""
        with self._lock:
            here = self._existing(instance_id)
        if not _is_on(here):
            raise not_running(instance_id)
        uptime = datetime.now(UTC) - here.started_at
        return Diagnostics(
            state=here.power.name.lower(),
            driver=self.name,
            accelerator=None,
            vcpus=0,
            ram_mib=0,
            uptime_s=max(int(uptime.total_seconds()), 0),
            cpu_time_s=0.0,
            disks=(),
            macs=(),
        )

    def has_settled(self, instance_id: str) -> bool:
        """Return True: a fake guest is up the moment it starts."""
        return True

    def console_log(self, instance_id: str, max_bytes: int) -> bytes:
        """Return the end of a boot's text, login prompt included."""
        with self._lock:
            self._existing(instance_id)
        return boot_text(instance_id)[-max_bytes:] if max_bytes > 0 else b""

    @contextlib.contextmanager
    def open_console(self, instance_id: str) -> Iterator[ConsoleStream]:
        """Open an echo."""
        with self._lock:
            if not _is_on(self._existing(instance_id)):
                raise not_running(instance_id)
            if instance_id in self._consoles:
                raise console_taken(instance_id)
            self._consoles.add(instance_id)
        stream = EchoStream()
        try:
            yield stream
        finally:
            stream.close()
            with self._lock:
                self._consoles.discard(instance_id)

    @contextlib.contextmanager
    def open_port(self, instance_id: str, port: int) -> Iterator[ConsoleStream]:
        """Open an echo; every port of a fake guest is one."""
        with self._lock:
            if not _is_on(self._existing(instance_id)):
                raise not_running(instance_id)
        stream = EchoStream()
        try:
            yield stream
        finally:
            stream.close()

    @contextlib.contextmanager
    def open_display(self, instance_id: str) -> Iterator[ConsoleStream]:
        """Open an echo that greets as a screen does."""
        with self._lock:
            if not _is_on(self._existing(instance_id)):
                raise not_running(instance_id)
        stream = EchoStream(RFB_GREETING)
        try:
            yield stream
        finally:
            stream.close()

    def watch_exits(self, on_exit: Callable[[str], None]) -> None:
        """Call ``on_exit`` when ``crash`` ends a machine."""
        self._on_exit = on_exit

    def crash(self, instance_id: str) -> None:
        """End the machine as if its hypervisor had died: for tests."""
        self._change(instance_id, PowerState.CRASHED, needs_on=True)
        if self._on_exit is not None:
            self._on_exit(instance_id)

    def close(self) -> None:
        """Let go; with ``persist_dir`` the next driver finds the machines running."""
        self._on_exit = None

    def _change(self, instance_id: str, power: PowerState, *, needs_on: bool = False) -> None:
        with self._lock:
            here = self._existing(instance_id)
            if needs_on and not _is_on(here):
                raise not_running(instance_id)
            self._put(replace(here, power=power))

    def _existing(self, instance_id: str) -> FakeMachine:
        here = self._machines.get(require_instance_id(instance_id))
        if here is None:
            raise no_machine(instance_id)
        return here

    def _put(self, machine: FakeMachine) -> FakeMachine:
        self._ledger.replace(self._machines.get(machine.instance_id), machine)
        self._machines[machine.instance_id] = machine
        return machine


def _is_on(machine: FakeMachine) -> bool:
    return machine.power in (PowerState.RUNNING, PowerState.PAUSED)


def _status_of(machine: FakeMachine) -> MachineStatus:
    return MachineStatus(
        instance_id=machine.instance_id,
        attempt=machine.attempt,
        power=machine.power,
        pid=None,
        started_at=machine.started_at,
        ssh_port=None,
        accelerator=None,
    )
