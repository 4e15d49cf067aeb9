"""What the driver says of a machine, out of its record, its process and its monitor."""

from __future__ import annotations

from vmctld.domain.machine import MachineStatus, PowerState
from vmctld.drivers.qemu.process import QemuProcess
from vmctld.drivers.qemu.record import MachineRecord, Phase

# Run states of QEMU: https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html (RunState).
# All others are kinds of paused: "paused", "prelaunch", "io-error" (a full disk), "inmigrate" ...
POWER_OF = {
    "running": PowerState.RUNNING,
    "suspended": PowerState.SUSPENDED,
    "shutdown": PowerState.SHUTDOWN,
    "guest-panicked": PowerState.CRASHED,
    "internal-error": PowerState.CRASHED,
}

# What a machine without a process is, by how far it had come.
POWER_WITHOUT_PROCESS = {
    Phase.BUILDING: PowerState.NOSTATE,
    Phase.STARTING: PowerState.SHUTDOWN,
    Phase.RUNNING: PowerState.SHUTDOWN,
    Phase.SHUTDOWN: PowerState.SHUTDOWN,
    Phase.CRASHED: PowerState.CRASHED,
    Phase.SUSPENDED: PowerState.SUSPENDED,
    Phase.RESUMING: PowerState.SUSPENDED,
}


def power_of(query_status: object) -> PowerState:
    """Return the power state in QEMU's answer to ``query-status``."""
    status = query_status.get("status") if isinstance(query_status, dict) else None
    return POWER_OF.get(str(status), PowerState.PAUSED)


def machine_status(
    record: MachineRecord, power: PowerState | None, process: QemuProcess | None
) -> MachineStatus:
    """Return what is known of a recorded machine, ``power`` as it was found just now."""
    return MachineStatus(
        instance_id=record.instance_id,
        attempt=record.attempt,
        power=power,
        pid=process.pid if process else None,
        started_at=record.started_at,
        ssh_port=record.ssh_port,
        accelerator=record.accelerator,
    )


def unknown_status(instance_id: str) -> MachineStatus:
    """Return what can be said of a machine whose record is unreadable."""
    return MachineStatus(
        instance_id,
        attempt=0,
        power=None,
        pid=None,
        started_at=None,
        ssh_port=None,
        accelerator=None,
    )
