"""The QEMUs that run on this host for the machines in its inventory."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import structlog

from vmctld.drivers.qemu.inventory import Inventory
from vmctld.drivers.qemu.process import QemuProcess, find_qemus
from vmctld.drivers.qemu.settling import CpuSamples
from vmctld.drivers.qemu.watch import ExitWatcher

log = structlog.get_logger(__name__)


class Processes:
    """Running QEMUs by instance id; their ends are called out unless they were told to end."""

    def __init__(
        self,
        qemu: Path,
        owners: Collection[int],
        on_end: Callable[[str, QemuProcess], None],
        on_tick: Callable[[], None],
    ) -> None:
        self._qemu = qemu
        self._owners = owners
        self._running: dict[str, QemuProcess] = {}
        self._samples: dict[str, CpuSamples] = {}
        self._watcher = ExitWatcher(on_end, on_tick)

    def adopt(self, inventory: Inventory) -> None:
        """Take over what runs for the machines of ``inventory``: exactly one process each."""
        for instance_id, processes in find_qemus(self._qemu, self._owners).items():
            if instance_id not in inventory:
                continue  # of another daemon, with a state directory of its own
            record = inventory.get(instance_id)
            recorded = (record.pid, record.start_ticks) if record else None
            processes.sort(key=lambda p: (p.pid, p.start_ticks) != recorded)
            adopted, *doubles = processes
            for double in doubles:
                log.error("a second qemu killed", instance_id=instance_id, pid=double.pid)
                double.kill()
            log.info("machine adopted", instance_id=instance_id, pid=adopted.pid)
            self.add(instance_id, adopted)

    def add(self, instance_id: str, process: QemuProcess) -> None:
        """Watch ``process`` as the machine's."""
        self._samples[instance_id] = CpuSamples()
        self._running[instance_id] = process
        self._watcher.watch(instance_id, process)

    def get(self, instance_id: str) -> QemuProcess | None:
        """Return the machine's process if it runs."""
        process = self._running.get(instance_id)
        return process if process is not None and process.is_alive else None

    def forget(self, instance_id: str) -> QemuProcess | None:
        """Return the machine's process, whose end is from now on not called out any more."""
        self._samples.pop(instance_id, None)
        process = self._running.pop(instance_id, None)
        if process is not None:
            self._watcher.forget(process)
        return process

    def expect_end(self, process: QemuProcess) -> None:
        """Do not call out the end of ``process``: it is being told to."""
        self._watcher.forget(process)

    def drop(self, instance_id: str, process: QemuProcess) -> bool:
        """Forget ``process``; return False when it was not the machine's any more."""
        if self._running.get(instance_id) is not process:
            return False
        self.forget(instance_id)
        return True

    def take_all(self, instance_id: str) -> list[QemuProcess]:
        """Return all that runs for the machine, looking through ``/proc``, and forget it."""
        known = self.forget(instance_id)
        if known is not None:
            return [known]
        return find_qemus(self._qemu, self._owners).get(instance_id, [])

    def is_idle(self, instance_id: str) -> bool:
        """Return whether the machine's guest has gone idle, or is gone."""
        process, samples = self._running.get(instance_id), self._samples.get(instance_id)
        return process is None or samples is None or samples.is_idle(process)

    def close(self) -> None:
        """Stop watching; what runs goes on."""
        self._watcher.close()
        self._running.clear()
