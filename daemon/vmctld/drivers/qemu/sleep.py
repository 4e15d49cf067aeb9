"""Suspend and resume: a machine that is only files, and the one way back.

Memory is used once.  Its file goes before the guest runs on: what it holds fits no disk that
has been written since, so after a crash at the wrong moment a guest boots instead.  Nothing
long is done under a machine's lock: a deletion does not wait.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from vmctld.drivers.base import no_machine, not_running
from vmctld.drivers.qemu.build import Builder
from vmctld.drivers.qemu.files import host_failures
from vmctld.drivers.qemu.inventory import Inventory
from vmctld.drivers.qemu.memory import load_memory, run_state, save_memory
from vmctld.drivers.qemu.monitors import Monitors
from vmctld.drivers.qemu.process import QemuProcess
from vmctld.drivers.qemu.processes import Processes
from vmctld.drivers.qemu.record import MachineRecord, Phase
from vmctld.observe.locks import KeyedLocks

TRANSFER_TIMEOUT_S = 600.0  # 100 GiB at the speed of a disk


@dataclass(frozen=True, slots=True)
class Sleep:
    """Puts machines of one host to sleep and wakes them."""

    inventory: Inventory
    processes: Processes
    monitors: Monitors
    builder: Builder
    locks: KeyedLocks

    def suspend(self, instance_id: str) -> None:
        """Write the guest's memory to the disk and end its machine."""
        memory = self.inventory.directory(instance_id).memory
        process = self.processes.get(instance_id)
        if process is None and not memory.exists():
            raise not_running(instance_id)
        if not memory.exists():  # else an earlier try came so far, or a waking did not
            with (
                host_failures(instance_id),
                self.monitors.talk(instance_id, TRANSFER_TIMEOUT_S) as monitor,
            ):
                save_memory(monitor, memory)
        with self.locks.hold(instance_id):
            record = self._existing(instance_id)
            self._save(record, Phase.SUSPENDED)
            process = self.processes.forget(instance_id)
            if process is not None:
                self.monitors.end(instance_id, process)

    def resume(self, instance_id: str) -> QemuProcess:
        """Have the guest go on from its memory, or from where it is held."""
        memory = self.inventory.directory(instance_id).memory
        with self.locks.hold(instance_id):
            process = self._awake(instance_id)
            if process is None:
                if not memory.exists():
                    raise not_running(instance_id)
                process = self.builder.start_for_memory(self._existing(instance_id))
                self.processes.add(instance_id, process)
        with (
            host_failures(instance_id),
            self.monitors.talk(instance_id, TRANSFER_TIMEOUT_S) as monitor,
        ):
            if run_state(monitor) == "inmigrate":
                load_memory(monitor, memory)
            memory.unlink(missing_ok=True)
            monitor.execute("cont")
        return process

    def _awake(self, instance_id: str) -> QemuProcess | None:
        """Return the machine's process unless it only half has its memory: then it goes."""
        process = self.processes.get(instance_id)
        if process is None:
            return None
        with self.monitors.talk(instance_id) as monitor:
            is_half = run_state(monitor) == "inmigrate"
        if not is_half:
            return process
        self.processes.forget(instance_id)
        self.monitors.end(instance_id, process)
        return None

    def _existing(self, instance_id: str) -> MachineRecord:
        record = self.inventory.get(instance_id)
        if record is None:
            raise no_machine(instance_id)
        return record

    def _save(self, record: MachineRecord, phase: Phase) -> None:
        gone = replace(record, phase=phase, pid=None, start_ticks=None, started_at=None)
        with host_failures(record.instance_id):
            self.inventory.save(gone)
