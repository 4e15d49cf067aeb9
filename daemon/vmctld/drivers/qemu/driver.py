"""The QEMU driver: the verbs of the protocol, over one directory and one process a machine.

A lock a machine guards its making and its deleting.  Looking needs none, and stopping waits
without one: a delete never waits for a stop.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import structlog

from vmctld.domain.machine import (
    Diagnostics,
    HostCapacity,
    Machine,
    MachineStatus,
    PowerState,
    RootDisk,
)
from vmctld.drivers.base import (
    Cables,
    ConsoleStream,
    console_taken,
    newer_attempt,
    no_machine,
    not_running,
    require_instance_id,
)
from vmctld.drivers.qemu.build import Builder
from vmctld.drivers.qemu.capacity import capacity_of
from vmctld.drivers.qemu.card_plug import CardPlug
from vmctld.drivers.qemu.console import SocketStream, open_serial, read_tail, trim_log
from vmctld.drivers.qemu.counters import diagnostics_of
from vmctld.drivers.qemu.disk_copies import DiskCopies
from vmctld.drivers.qemu.display import open_screen
from vmctld.drivers.qemu.guest_ports import connect_to_guest
from vmctld.drivers.qemu.inventory import Inventory
from vmctld.drivers.qemu.kvm import probe_kvm
from vmctld.drivers.qemu.launch import Launcher, end_at_once
from vmctld.drivers.qemu.monitors import Monitors
from vmctld.drivers.qemu.process import QemuProcess
from vmctld.drivers.qemu.processes import Processes
from vmctld.drivers.qemu.qmp import MonitorSilent
from vmctld.drivers.qemu.record import MachineRecord, Phase
from vmctld.drivers.qemu.reshape import Reshape
from vmctld.drivers.qemu.sleep import Sleep
from vmctld.drivers.qemu.status import (
    POWER_WITHOUT_PROCESS,
    machine_status,
    power_of,
    unknown_status,
)
from vmctld.drivers.qemu.tools import find_tools
from vmctld.drivers.qemu.users import DEFAULT_UIDS, GuestUsers
from vmctld.drivers.qemu.volumes import HotPlug
from vmctld.errors import Corrupted, HypervisorFailed
from vmctld.observe.locks import KeyedLocks

log = structlog.get_logger(__name__)

STATUS_TIMEOUT_S = 2.0
KEPT_TIMEOUT_S = 5.0
LEAVING_S = 2.0  # until a console is free whose user has just left: a page that is loaded again
DYING_S = 0.5  # a process that is being killed falls silent some milliseconds before it is gone


class QemuDriver(HotPlug, CardPlug, DiskCopies):
    """Runs machines as QEMU processes that outlive the daemon."""

    name = "qemu"

    def __init__(
        self,
        state_dir: Path,
        *,
        guest_uids: range = DEFAULT_UIDS,
        accelerator: str | None = None,
        cables: Cables | None = None,
    ) -> None:
        """Adopt what runs; ``accelerator`` None finds out whether KVM works.

        ``state_dir`` is this driver's alone.  Raises Unavailable (``qemu-missing``).
        """
        self._tools = tools = find_tools()
        self.accelerator = accelerator or ("kvm" if probe_kvm().works else "tcg")
        self.concurrent_starts: int | None = os.cpu_count() or 1
        self._state_dir = state_dir
        self._cables = cables
        self._on_exit: Callable[[str], None] | None = None
        self._locks = KeyedLocks()
        self._consoles = KeyedLocks()
        self._inventory = Inventory(state_dir)
        self._monitors = Monitors(lambda i: self._inventory.directory(i).monitor)
        users = GuestUsers(guest_uids, needs_kvm=self.accelerator == "kvm")
        launcher = Launcher(tools.qemu, users, cables)
        self._builder = Builder(tools, self.accelerator, users, self._inventory, launcher, cables)
        self._processes = Processes(tools.qemu, users.owners, self._note_end, self._trim_logs)
        self._processes.adopt(self._inventory)
        self._reshape = Reshape(tools, self._inventory, self._locks)
        self._sleep = Sleep(
            self._inventory, self._processes, self._monitors, self._builder, self._locks
        )

    def capacity(self) -> HostCapacity:
        """Return what this host has."""
        return capacity_of(self._state_dir)

    def ensure_running(self, machine: Machine) -> MachineStatus:
        """Make sure that ``machine`` runs, exactly once; see the protocol."""
        instance_id = require_instance_id(machine.instance_id)
        with self._locks.hold(instance_id):
            record = self._inventory.get(instance_id)
            if record is not None and record.attempt > machine.attempt:
                raise newer_attempt(instance_id, record.attempt, machine.attempt)
            if self._inventory.is_damaged(instance_id):
                raise _damaged(instance_id)
            if record is None or record.attempt < machine.attempt:
                if instance_id in self._inventory:
                    self._remove(instance_id)
                return self._up(instance_id, self._builder.build(machine))
            process = self._processes.get(instance_id)
            if process is not None and self._is_kept(record, process):
                return self._status_of(self._existing(instance_id), process)
            if record.phase is Phase.BUILDING:
                return self._up(instance_id, self._builder.build(machine))
            return self._up(instance_id, self._builder.start(record))

    def destroy(self, instance_id: str, attempt: int | None = None) -> None:
        """End the machine and delete all that is its own; see the protocol."""
        with self._locks.hold(require_instance_id(instance_id)):
            record = self._inventory.get(instance_id)
            if record is not None and attempt is not None and record.attempt > attempt:
                return
            self._remove(instance_id)

    def status(self, instance_id: str) -> MachineStatus | None:
        """Return what is known of the machine, None when there is none here."""
        record = self._inventory.get(instance_id)
        if record is not None:
            return self._status_of(record, self._processes.get(instance_id))
        return unknown_status(instance_id) if instance_id in self._inventory else None

    def machines(self) -> Sequence[MachineStatus]:
        """Return all machines of this host."""
        statuses = (self.status(instance_id) for instance_id in self._inventory.instance_ids())
        return [status for status in statuses if status is not None]

    def stop(self, instance_id: str, timeout_s: float) -> None:
        """Press the power button until ``timeout_s`` is over, then pull the plug."""
        self._existing(instance_id)
        process = self._processes.get(instance_id)
        if process is None:
            return
        over_at = time.monotonic() + timeout_s
        self._processes.expect_end(process)
        off = self._monitors.press_power_button(
            instance_id, process, lambda: over_at - time.monotonic()
        )
        if not off:
            self._monitors.end(instance_id, process)
        self._record_end(instance_id, process, Phase.SHUTDOWN)

    def start(self, instance_id: str) -> MachineStatus:
        """Start a stopped machine again on the files it has."""
        with self._locks.hold(require_instance_id(instance_id)):
            record = self._existing(instance_id)
            process = self._processes.get(instance_id)
            if process is not None and self._is_kept(record, process):
                return self._status_of(self._existing(instance_id), process)
            return self._up(instance_id, self._builder.start(record))

    def pause(self, instance_id: str) -> None:
        """Freeze the vCPUs."""
        self._tell(instance_id, "stop")

    def unpause(self, instance_id: str) -> None:
        """Thaw the vCPUs."""
        self._tell(instance_id, "cont")

    def suspend(self, instance_id: str) -> None:
        """Write the guest's memory to the disk and end its machine."""
        self._sleep.suspend(self._existing(instance_id).instance_id)

    def resume(self, instance_id: str) -> MachineStatus:
        """Have the guest go on from its memory."""
        process = self._sleep.resume(self._existing(instance_id).instance_id)
        return self._status_of(self._existing(instance_id), process)

    def set_aside(self, instance_id: str, token: str) -> None:
        """Keep what the machine is now."""
        self._reshape.set_aside(self._existing(instance_id).instance_id, token)

    def bring_back(self, instance_id: str, token: str) -> None:
        """Make the machine what was kept, ending it first if it runs."""
        if self._inventory.directory(instance_id).aside(token).exists():
            self.stop(instance_id, 0.0)
        self._reshape.bring_back(self._existing(instance_id).instance_id, token)

    def drop_aside(
        self, instance_id: str, token: str | None = None, *, but: str | None = None
    ) -> None:
        """Forget what was kept."""
        self._reshape.drop_aside(require_instance_id(instance_id), token, but=but)

    def renew(self, instance_id: str, root: RootDisk) -> None:
        """Give the machine a fresh disk."""
        self._reshape.renew(self._existing(instance_id).instance_id, root)

    def reshape(self, instance_id: str, *, vcpus: int, ram_mib: int, disk_gib: int) -> None:
        """Give the machine another size."""
        self._existing(instance_id)
        self._reshape.reshape(instance_id, vcpus=vcpus, ram_mib=ram_mib, disk_gib=disk_gib)

    def insert_rescue(self, instance_id: str, image_path: Path, image_format: str) -> None:
        """Have the machine boot next from a copy of the image."""
        self._existing(instance_id)
        self._reshape.insert_rescue(instance_id, image_path, image_format)

    def remove_rescue(self, instance_id: str, *, keep: bool = False) -> None:
        """Have the machine boot from its own disk again, ending it first."""
        self._existing(instance_id)
        if self._inventory.directory(instance_id).rescue.exists():
            self.stop(instance_id, 0.0)
        self._reshape.remove_rescue(instance_id, keep=keep)

    def reinsert_rescue(self, instance_id: str) -> None:
        """Have the machine boot next from the disk that was removed, ending it first."""
        self._existing(instance_id)
        if self._inventory.directory(instance_id).removed_rescue.exists():
            self.stop(instance_id, 0.0)
        self._reshape.reinsert_rescue(instance_id)

    def diagnostics(self, instance_id: str) -> Diagnostics:
        """Return what the machine has done so far."""
        record, process = self._existing(instance_id), self._processes.get(instance_id)
        if process is None:
            raise not_running(instance_id)
        return diagnostics_of(record, process, self._monitors, self.name)

    def has_settled(self, instance_id: str) -> bool:
        """Return whether the guest has gone idle since its start, or is gone."""
        return self._processes.is_idle(instance_id)

    def console_log(self, instance_id: str, max_bytes: int) -> bytes:
        """Return the end of what the guest wrote to its serial port."""
        self._existing(instance_id)
        return read_tail(self._inventory.directory(instance_id).console_log, max_bytes)

    @contextmanager
    def open_console(self, instance_id: str) -> Iterator[ConsoleStream]:
        """Open the serial port; one at a time."""
        self._existing(instance_id)
        if self._processes.get(instance_id) is None:
            raise not_running(instance_id)
        with self._only_console(instance_id):
            stream = open_serial(self._inventory.directory(instance_id).serial)
            try:
                yield stream
            finally:
                stream.close()

    @contextmanager
    def open_port(self, instance_id: str, port: int) -> Iterator[ConsoleStream]:
        """Open a TCP connection to the guest's first card."""
        record = self._existing(instance_id)
        if self._processes.get(instance_id) is None:
            raise not_running(instance_id)
        stream = SocketStream(connect_to_guest(record, port, self._cables))
        try:
            yield stream
        finally:
            stream.close()

    @contextmanager
    def open_display(self, instance_id: str) -> Iterator[ConsoleStream]:
        """Open the screen."""
        self._existing(instance_id)
        if self._processes.get(instance_id) is None:
            raise not_running(instance_id)
        stream = open_screen(self._monitors, instance_id)
        try:
            yield stream
        finally:
            stream.close()

    def watch_exits(self, on_exit: Callable[[str], None]) -> None:
        """Call ``on_exit(instance_id)`` whenever a machine ends without being told to."""
        self._on_exit = on_exit

    def close(self) -> None:
        """Let go; machines go on running."""
        self._processes.close()

    def _up(self, instance_id: str, process: QemuProcess) -> MachineStatus:
        """Take the process whose monitor has just answered as the machine's."""
        self._processes.add(instance_id, process)
        return machine_status(self._existing(instance_id), PowerState.RUNNING, process)

    def _is_kept(self, record: MachineRecord, process: QemuProcess) -> bool:
        """Return whether the running process is the machine, and see that it is recorded so.

        One that is silent is ended only while nobody was told that it runs: later, a failed
        probe is "unknown", and killing a guest on that would lose its work.
        """
        try:
            with self._monitors.talk(record.instance_id, KEPT_TIMEOUT_S) as monitor:
                monitor.execute("query-status")
        except MonitorSilent:
            if process.wait(DYING_S):
                return False
            if record.phase is Phase.RUNNING:
                return True
            self._processes.forget(record.instance_id)
            end_at_once(process)
            return False
        if record.phase is not Phase.RUNNING:
            self._builder.record_running(record, process)
        return True

    def _remove(self, instance_id: str) -> None:
        for process in self._processes.take_all(instance_id):
            self._monitors.end(instance_id, process)
        self._builder.unplug(instance_id)
        self._inventory.remove(instance_id)

    def _existing(self, instance_id: str) -> MachineRecord:
        record = self._inventory.get(require_instance_id(instance_id))
        if record is None:
            raise no_machine(instance_id)
        return record

    def _status_of(self, record: MachineRecord, process: QemuProcess | None) -> MachineStatus:
        power: PowerState | None = POWER_WITHOUT_PROCESS[record.phase]
        if process is not None:
            try:
                with self._monitors.talk(record.instance_id, STATUS_TIMEOUT_S) as monitor:
                    power = power_of(monitor.execute("query-status"))
            except HypervisorFailed:
                if process.is_alive:  # else it ended under our eyes
                    power = None
        return machine_status(record, power, process)

    def _tell(self, instance_id: str, command: str) -> None:
        self._existing(instance_id)
        if self._processes.get(instance_id) is None:
            raise not_running(instance_id)
        with self._monitors.talk(instance_id) as monitor:
            monitor.execute(command)

    @contextmanager
    def _only_console(self, instance_id: str) -> Iterator[None]:
        with ExitStack() as held:
            try:
                held.enter_context(self._consoles.hold(instance_id, timeout_s=LEAVING_S))
            except TimeoutError as error:
                raise console_taken(instance_id) from error
            yield

    def _note_end(self, instance_id: str, process: QemuProcess) -> None:
        """Record that a machine ended by itself, and tell who asked for that."""
        failed = process.exit_code not in (0, None)  # None: an adopted one, nobody knows
        log.info("machine ended", instance_id=instance_id, exit_code=process.exit_code)
        ended = self._record_end(instance_id, process, Phase.CRASHED if failed else Phase.SHUTDOWN)
        if ended and self._on_exit is not None:
            self._on_exit(instance_id)

    def _record_end(self, instance_id: str, process: QemuProcess, phase: Phase) -> bool:
        """Write the end down; return False when the machine is deleted or started anew already."""
        with self._locks.hold(instance_id):
            record = self._inventory.get(instance_id)
            if record is None or not self._processes.drop(instance_id, process):
                return False
            ended = replace(record, phase=phase, pid=None, start_ticks=None, started_at=None)
            try:
                self._inventory.save(ended)
            except OSError as error:  # a next daemon still sees that nothing runs
                log.error("end not recorded", instance_id=instance_id, error=str(error))
            return True

    def _trim_logs(self) -> None:
        for instance_id in self._inventory.instance_ids():
            directory = self._inventory.directory(instance_id)
            trim_log(directory.console_log)
            trim_log(directory.qemu_log)


def _damaged(instance_id: str) -> Corrupted:
    return Corrupted(
        "What this host recorded of the instance's machine cannot be read, its disk may be intact.",
        code="machine-record-unreadable",
        hint="Delete the instance, or have the operator look at the machine's directory.",
        facts={"instance_id": instance_id},
    )
