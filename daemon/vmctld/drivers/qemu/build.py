"""Bring a machine up: on files made for it, or on those it has."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace

import structlog

from vmctld.domain.machine import Machine
from vmctld.drivers.base import Cables
from vmctld.drivers.qemu.files import host_failures, make_files
from vmctld.drivers.qemu.inventory import Inventory
from vmctld.drivers.qemu.launch import Launcher, PortTaken, end_at_once
from vmctld.drivers.qemu.process import QemuProcess
from vmctld.drivers.qemu.record import MachineRecord, Phase, intent
from vmctld.drivers.qemu.tools import Tools
from vmctld.drivers.qemu.usernet import KIND, free_port, is_free
from vmctld.drivers.qemu.users import GuestUsers

log = structlog.get_logger(__name__)

PORT_TRIES = 5


@dataclass(frozen=True, slots=True)
class Builder:
    """Makes machines of one host run.  Callers hold the machine's lock."""

    tools: Tools
    accelerator: str
    users: GuestUsers
    inventory: Inventory
    launcher: Launcher
    cables: Cables | None = None
    _uids: threading.Lock = field(default_factory=threading.Lock)

    def build(self, machine: Machine) -> QemuProcess:
        """Make the machine's files and start it; the intent is on the disk before anything.

        A second call after a crash goes on with what is there.  Whatever fails, nothing stays.
        """
        try:
            with host_failures(machine.instance_id):
                record = self._record_intent(machine)
                if self.cables is not None:
                    self.cables.plug(machine)
                make_files(self.tools, self.inventory.directory(machine.instance_id), machine)
                return self._launch(record)
        except BaseException:
            self.unplug(machine.instance_id)
            self.inventory.remove(machine.instance_id)
            raise

    def unplug(self, instance_id: str) -> None:
        """Take the machine's cards out of the host's networks."""
        if self.cables is not None:
            self.cables.unplug(instance_id)

    def start(self, record: MachineRecord) -> QemuProcess:
        """Start a machine on the files it has; when that fails they and its record stay.

        Memory that is still kept belongs to an earlier state of its disk: it is dropped first.
        """
        self.inventory.directory(record.instance_id).memory.unlink(missing_ok=True)
        return self._start_as(record, Phase.STARTING)

    def start_for_memory(self, record: MachineRecord) -> QemuProcess:
        """Start a machine that waits for its memory; when that fails all stays as it was."""
        return self._start_as(record, Phase.RESUMING)

    def _start_as(self, record: MachineRecord, phase: Phase) -> QemuProcess:
        try:
            with host_failures(record.instance_id):
                return self._launch(replace(record, phase=phase))
        except BaseException:
            with suppress(OSError):  # a disk too full for it: "starting" without a process says it
                self.inventory.save(record)
            raise

    def _record_intent(self, machine: Machine) -> MachineRecord:
        here = self.inventory.get(machine.instance_id)
        if here is not None:
            return here
        with self._uids:  # picked and written down in one go: no two machines share a user
            taken = {r.guest_uid for r in self.inventory.records() if r.guest_uid is not None}
            uid = self.users.pick(taken)
            record = with_ssh_port(intent(machine, guest_uid=uid, accelerator=self.accelerator))
            self.inventory.save(record)
        return record

    def _launch(self, record: MachineRecord) -> QemuProcess:
        directory = self.inventory.directory(record.instance_id)
        for tries_left in reversed(range(PORT_TRIES)):
            record = with_ssh_port(record)
            # Before the start: a next daemon that adopts the process has to know its port.
            if record != self.inventory.get(record.instance_id):
                self.inventory.save(record)
            try:
                process = self.launcher.launch(directory, record)
                break
            except PortTaken:
                if not tries_left:
                    raise
                log.info("ssh port lost, taking another", instance_id=record.instance_id)
        try:
            self.record_running(record, process)
        except BaseException:
            end_at_once(process)
            raise
        return process

    def record_running(self, record: MachineRecord, process: QemuProcess) -> None:
        """Write down that the machine runs as ``process``."""
        self.inventory.save(
            replace(
                record,
                phase=Phase.RUNNING,
                pid=process.pid,
                start_ticks=process.start_ticks,
                started_at=process.started_at(),
            )
        )


def with_ssh_port(record: MachineRecord) -> MachineRecord:
    """Return the record with the host's port to the guest's SSH: the one it had, if still free."""
    if not record.machine.ports or record.machine.ports[0].kind != KIND:
        return record
    if record.ssh_port is not None and is_free(record.ssh_port):
        return record
    return replace(record, ssh_port=free_port())
