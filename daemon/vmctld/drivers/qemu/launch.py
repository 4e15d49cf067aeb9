"""Start a machine's QEMU and see its monitor answer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from vmctld.domain.network import BRIDGE, PortWiring
from vmctld.drivers.base import Cables
from vmctld.drivers.qemu.argv import Descriptors, argv_for
from vmctld.drivers.qemu.paths import MachineDirectory
from vmctld.drivers.qemu.process import QemuProcess, spawn
from vmctld.drivers.qemu.qmp import Monitor, MonitorSilent
from vmctld.drivers.qemu.record import MachineRecord, Phase
from vmctld.drivers.qemu.sockets import listen_at
from vmctld.drivers.qemu.usernet import is_free
from vmctld.drivers.qemu.users import GuestUsers
from vmctld.errors import HypervisorFailed, NotSupported

log = structlog.get_logger(__name__)

READY_TIMEOUT_S = 30.0  # it takes 0.05; a host deep in swap takes longer
KILL_TIMEOUT_S = 10.0
LOG_TAIL_BYTES = 2000
AWAIT_MEMORY = ("-incoming", "defer")
APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND


class PortTaken(HypervisorFailed):
    """Somebody took the machine's SSH port between our look and QEMU's: try another one."""


@dataclass(frozen=True, slots=True)
class Launcher:
    """Starts QEMUs of one program on one host."""

    qemu: Path
    users: GuestUsers
    cables: Cables | None = None

    def launch(self, directory: MachineDirectory, record: MachineRecord) -> QemuProcess:
        """Start the machine and return its process once its monitor has answered.

        Its files must be there.  Raises PortTaken or HypervisorFailed, leaving no process.
        """
        process = self._spawn(directory, record)
        try:
            with Monitor(directory.monitor, READY_TIMEOUT_S) as monitor:
                monitor.execute("query-status")
        except BaseException as error:
            end_at_once(process)
            if isinstance(error, MonitorSilent):
                raise _failure(directory, record, process) from error
            raise
        return process

    def _spawn(self, directory: MachineDirectory, record: MachineRecord) -> QemuProcess:
        with ExitStack() as opened:
            log_fd = opened.enter_context(_open(directory.qemu_log, APPEND))
            fds = replace(
                _open_all(directory, record, opened),
                cables=tuple(self._cable(port, opened) for port in record.machine.ports),
            )
            argv = argv_for(self.qemu, record.machine, fds, record.accelerator, record.ssh_port)
            if record.phase is Phase.RESUMING:
                argv += AWAIT_MEMORY
            return spawn(argv, fds.all(), log_fd, self.users.run_as(record.guest_uid))

    def _cable(self, port: PortWiring, opened: ExitStack) -> int | None:
        if port.kind != BRIDGE:
            return None
        if self.cables is None:
            raise no_bridges()
        fd = self.cables.open(port)
        opened.callback(os.close, fd)
        return fd


def no_bridges() -> NotSupported:
    """Return the error for a bridged port on a host that has only user-mode networking."""
    return NotSupported(
        "This host does not wire ports of the kind 'bridge'.",
        code="port-kind-not-supported",
        hint="start its daemon as root with --network-driver bridge",
    )


def end_at_once(process: QemuProcess) -> None:
    """Kill a process that nobody needs, and wait until it is gone."""
    process.kill()
    process.wait(KILL_TIMEOUT_S)


def _open_all(directory: MachineDirectory, record: MachineRecord, opened: ExitStack) -> Descriptors:
    """Open all that the machine's QEMU inherits; ``opened`` closes our copies."""
    machine = record.machine

    def file(path: Path, flags: int) -> int:
        return opened.enter_context(_open(path, flags))

    return Descriptors(
        monitor=opened.enter_context(listen_at(directory.monitor)).fileno(),
        serial=opened.enter_context(listen_at(directory.serial)).fileno(),
        console_log=file(directory.console_log, APPEND),
        base=file(machine.root.base_path, os.O_RDONLY) if machine.root else None,
        root=file(directory.disk, os.O_RDWR) if machine.root else None,
        rescue=file(directory.rescue, os.O_RDWR) if directory.rescue.exists() else None,
        volumes=tuple(
            file(volume.path, os.O_RDONLY if volume.read_only else os.O_RDWR)
            for volume in machine.volumes
        ),
        config_drive=(
            file(directory.config_drive, os.O_RDONLY) if record.has_config_drive else None
        ),
    )


@contextmanager
def _open(path: Path, flags: int) -> Iterator[int]:
    fd = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        yield fd
    finally:
        os.close(fd)


def _failure(
    directory: MachineDirectory, record: MachineRecord, process: QemuProcess
) -> HypervisorFailed:
    said = directory.qemu_log.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace")
    log.error(
        "qemu did not start",
        instance_id=record.instance_id,
        attempt=record.attempt,
        exit_code=process.exit_code,
        said=said.strip(),
    )
    port_lost = record.ssh_port is not None and not is_free(record.ssh_port)
    kind = PortTaken if port_lost else HypervisorFailed
    return kind(
        "The hypervisor ended, or hung, before its monitor answered.",
        hint="The daemon's log has its own words, by the instance's id.",
        facts={"instance_id": record.instance_id, "exit_code": process.exit_code},
    )
